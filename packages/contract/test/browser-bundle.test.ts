import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';

/** What an app in a browser pays for all of the package, minified and with gzip. Raise it knowingly. */
const BUDGET_BYTES = 105_000;

/** What web pages have, and nothing that only Node.js has. */
const WEB_GLOBALS = {
  AbortController,
  AbortSignal,
  ReadableStream,
  TextDecoder,
  TextEncoder,
  URL,
  WritableStream,
  clearTimeout,
  console,
  crypto,
  performance,
  queueMicrotask,
  setTimeout,
  structuredClone,
};

let bundle: string;

beforeAll(async () => {
  // The sources, as tsc builds them one by one. Without Node's modules: esbuild fails where one is imported.
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'contract',
    target: 'es2022',
    minify: true,
    write: false,
  });
  bundle = outputFiles[0]?.text ?? '';
});

const runBundled = (program: string): unknown =>
  JSON.parse(
    String(runInContext(`${bundle};JSON.stringify((${program})())`, createContext(WEB_GLOBALS))),
  );

test('the package stays within its budget', () => {
  expect(gzipSync(bundle).byteLength).toBeLessThanOrEqual(BUDGET_BYTES);
});

test('in a browser it checks what comes from outside', () => {
  const program = `() => {
    const { EventRequestSchema, invalidArgument, hasCode } = contract;
    const parse = (value) => EventRequestSchema.safeParse(value).success;
    const eventData = { deploymentId: 'd', workflowName: 'w', input: 1 };
    return {
      node: [typeof process, typeof Buffer, typeof require],
      good: parse({ eventType: 'run_created', eventData }),
      bad: parse({ eventType: 'run_created' }),
      code: hasCode(invalidArgument('no'), 'INVALID_ARGUMENT'),
    };
  }`;
  expect(runBundled(program)).toEqual({
    node: ['undefined', 'undefined', 'undefined'],
    good: true,
    bad: false,
    code: true,
  });
});

test('in a browser it has the table of transitions, and encodes payloads', () => {
  const program = `() => ({
    types: Object.keys(contract.TRANSITIONS),
    back: contract.decodeData(contract.encodeData({ n: 7, text: 'ü' })),
  })`;
  expect(runBundled(program)).toMatchObject({
    types: expect.arrayContaining(['run_created', 'wait_completed']),
    back: { n: 7, text: 'ü' },
  });
});
