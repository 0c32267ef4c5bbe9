import { devNull } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppFiles, AppProcess } from '@world/app-process';
import type { Subject } from '../measure/benchmark.js';
import type { Backend } from './backends.js';
import type { Work } from './works.js';

/** Workflows on the stock SDK, in an app of their own. */

const DEADLINE_MS = 120_000;
const POLL_MS = 5;

const APP: AppFiles = {
  server: new URL(import.meta.resolve('@world/sdk-e2e/server')),
  folder: new URL('../..', import.meta.url),
  ready: 'listening',
};

/** Each subject has a place and an app of its own. */
export const onSdk = ({ name, openPlace }: Backend, work: Work): Subject => ({
  name,
  async open() {
    const place = await openPlace();
    // What its steps write down for tests.
    const app = await AppProcess.start(APP, { ...place.env, JOURNAL: devNull });
    return {
      measure: () => run(app, work),
      async close() {
        await app.kill();
        await place.close();
      },
    };
  },
});

/** Runs a workflow; resolves to the milliseconds that it took. */
async function run(app: AppProcess, work: Work): Promise<number> {
  const { workflow, args, untilFirstChunk = false } = work;
  const begin = performance.now();
  const response = await fetch(`${app.url}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workflow, args }),
  });
  const { runId } = (await response.json()) as { runId: string };
  let firstChunkMs: number | undefined;
  if (untilFirstChunk) {
    const { body } = await fetch(`${app.url}/runs/${runId}/chunks`);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    firstChunkMs = performance.now() - begin;
    await reader.cancel();
  }
  const endMs = await untilCompleted(app, runId, begin);
  return firstChunkMs ?? endMs;
}

async function untilCompleted(app: AppProcess, runId: string, begin: number): Promise<number> {
  for (;;) {
    const { status } = (await (await fetch(`${app.url}/runs/${runId}`)).json()) as RunState;
    const ms = performance.now() - begin;
    if (status === 'completed') return ms;
    if (status === 'failed' || ms > DEADLINE_MS) {
      throw new Error(`${runId} is ${status} after ${Math.round(ms)} ms:\n${app.output}`);
    }
    await delay(POLL_MS);
  }
}

interface RunState {
  readonly status: string;
}
