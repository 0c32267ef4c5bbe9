import { devNull } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppFiles, AppProcess, type Place } from '@world/app-process';
import type { Benchmark, Subject } from '../measure/benchmark.js';
import { BACKENDS } from './backends.js';

/** A fan-out on the stock SDK: one run of 110 parallel steps that do nothing, from its start to its end, per world. */

const STEPS = 110;
const WARM_UP_STEPS = 10;
const DEADLINE_MS = 120_000;
const POLL_MS = 10;

const APP: AppFiles = {
  server: new URL(import.meta.resolve('@world/sdk-e2e/server')),
  folder: new URL('../..', import.meta.url),
  ready: 'listening',
};

/** Each measurement has a place and an app of its own. */
const onSdk = (name: string): Subject => ({
  name,
  open: async () => ({
    async measure() {
      const place = await (BACKENDS[name] as () => Promise<Place>)();
      try {
        return await timed(name, place);
      } finally {
        await place.close();
      }
    },
    close: async () => {},
  }),
});

export const parallelSteps: Benchmark = {
  title: '110 parallel steps on the workflow SDK',
  unit: 'ms',
  about: `One run of 110 steps that do nothing, at once, on the stock \`workflow\` SDK 4.8.9, from its start to its end: an app in a process of its own, a
run of 10 steps before. [\`@workflow/world-postgres\`](https://www.npmjs.com/package/@workflow/world-postgres) 4.3.7 has a PostgreSQL of its own, and
delivers as many steps at a time as our worlds: ten for each core.

What bounds it is the SDK: it compiles and replays the workflow from its log for each wake-up. The queue therefore keeps one workflow message of a
run in flight, and makes one of the wake-ups that come meanwhile.`,
  comparisons: [
    {
      title: '110 steps',
      base: onSdk('@workflow/world-postgres'),
      subjects: [onSdk('@world/sqlite'), onSdk('@world/redis')],
    },
  ],
};

async function timed(name: string, { env }: Place): Promise<number> {
  const app = await AppProcess.start(APP, {
    ...env,
    WORKFLOW_TARGET_WORLD: name,
    // What its steps write down for tests.
    JOURNAL: devNull,
  });
  try {
    await run(app, WARM_UP_STEPS);
    return await run(app, STEPS);
  } finally {
    await app.kill();
  }
}

/** Runs a workflow of so many steps; resolves to the milliseconds that it took. */
async function run(app: AppProcess, steps: number): Promise<number> {
  const begin = performance.now();
  const response = await fetch(`${app.url}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workflow: 'inParallel', args: [steps] }),
  });
  const { runId } = (await response.json()) as { runId: string };
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
