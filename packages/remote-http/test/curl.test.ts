import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';
import { curlProgram } from '@world/redis-servers';
import { expect, test } from 'vitest';
import { decodeBody } from '../src/wire.js';
import { served } from './given.js';

const run = promisify(execFile);

/** The commands of the README that begin with `curl`, as they stand there. */
async function readmeCommands(): Promise<readonly string[]> {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split(/^(?=curl )/m)).filter((one) => /^curl /.test(one));
}

/** Runs a command against a server, in a shell whose `curl` is the real one. */
async function runCommand(command: string, { url }: { readonly url: string }): Promise<Buffer> {
  const curl = await curlProgram();
  const { stdout } = await run('sh', ['-c', command.replaceAll('http://127.0.0.1:8787', url)], {
    encoding: 'buffer',
    env: { ...process.env, PATH: `${dirname(curl)}${delimiter}${process.env.PATH}` },
  });
  return stdout;
}

test('the curl commands of the README do what they say, and again', async () => {
  const server = await served();
  const [create = '', list = '', health = '', ...more] = await readmeCommands();
  expect(more).toEqual([]);
  const answerOf = async (command: string) => JSON.parse(`${await runCommand(command, server)}`);
  const created = await answerOf(create);
  expect(created.value).toMatchObject({
    event: { eventType: 'run_created', seq: 1 },
    run: { workflowName: 'order', input: { item: 7 }, status: 'pending' },
  });
  const { runId } = created.value.run;
  expect((await answerOf(create)).value.event).toEqual(created.value.event);
  expect((await answerOf(list)).value.data).toMatchObject([{ runId, deploymentId: 'local' }]);
  expect(await answerOf(health)).toEqual({ status: 'ok', wireVersion: 1 });
}, 300_000);

test('a curl command is answered in CBOR when it asks for that, errors too', async () => {
  const server = await served();
  const [create = '', list = ''] = await readmeCommands();
  const inCbor = async (command: string) => {
    const asking = command.trim().replace(/^curl /, "curl -H 'accept: application/cbor' ");
    return decodeBody(await runCommand(asking, server), 'cbor');
  };
  expect(await inCbor(create)).toMatchObject({
    value: { run: { input: { item: 7 }, createdAt: expect.any(Date) } },
  });
  expect(await inCbor(list)).toMatchObject({ value: { data: [{ workflowName: 'order' }] } });
  expect(await inCbor(list.replace('{}', '{"a":1}'))).toMatchObject({
    error: { code: 'INVALID_ARGUMENT', details: { field: 'a' } },
  });
}, 300_000);
