import { devNull } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppFiles, AppProcess, type Place } from '@world/app-process';
import type { Benchmark, Comparison, Subject } from '../measure/benchmark.js';
import { BACKENDS } from './backends.js';

/** Workflows on the stock SDK: one run, from its start to its end, per world. */

const DEADLINE_MS = 120_000;
const POLL_MS = 5;

const APP: AppFiles = {
  server: new URL(import.meta.resolve('@world/sdk-e2e/server')),
  folder: new URL('../..', import.meta.url),
  ready: 'listening',
};

/** A workflow of the app in `@world/sdk-e2e`, and how many steps it has. */
interface Work {
  readonly workflow: 'inSequence' | 'inParallel';
  readonly steps: number;
}

const WORKS: Readonly<Record<string, Work>> = {
  'no steps': { workflow: 'inSequence', steps: 0 },
  'one step': { workflow: 'inSequence', steps: 1 },
  '10 steps, one after the other': { workflow: 'inSequence', steps: 10 },
  '25 steps, one after the other': { workflow: 'inSequence', steps: 25 },
  '50 steps, one after the other': { workflow: 'inSequence', steps: 50 },
  'Promise.all of 10 steps': { workflow: 'inParallel', steps: 10 },
  'Promise.all of 25 steps': { workflow: 'inParallel', steps: 25 },
  'Promise.all of 50 steps': { workflow: 'inParallel', steps: 50 },
  'Promise.all of 110 steps': { workflow: 'inParallel', steps: 110 },
};

/** Those that are to be faster than with any other world. */
const GOALS: ReadonlySet<string> = new Set([
  '50 steps, one after the other',
  'Promise.all of 50 steps',
]);

/** Each subject has a place and an app of its own. */
const onSdk = (name: string, work: Work): Subject => ({
  name,
  async open() {
    const place = await (BACKENDS[name] as () => Promise<Place>)();
    const env = {
      WORKFLOW_TARGET_WORLD: name,
      ...place.env,
      // What its steps write down for tests.
      JOURNAL: devNull,
    };
    const app = await AppProcess.start(APP, env);
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
async function run(app: AppProcess, { workflow, steps }: Work): Promise<number> {
  const begin = performance.now();
  const response = await fetch(`${app.url}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workflow, args: [steps] }),
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

const OTHERS = ['@workflow/world-postgres', '@workflow/world-local'] as const;
const OURS = ['@world/sqlite', '@world/redis'] as const;

export const workflows: Benchmark = {
  title: 'Workflows on the SDK',
  unit: 'ms',
  about: `One run on the stock \`workflow\` SDK 4.8.9, from its start to its end, whose steps do nothing: an app in a process of its own, one run before.
\`@workflow/world-postgres\` 4.3.7 has a PostgreSQL of its own, and delivers as many steps at a time as our worlds: ten for each core.
\`@workflow/world-local\` 4.4.1 is what the SDK runs on when nothing is said; it does not sync to disk, the others do.

What bounds them is the SDK: it compiles and replays the workflow from its log for each wake-up. The queue therefore keeps one workflow message of a
run in flight, and makes one of the wake-ups that come meanwhile.`,
  comparisons: Object.entries(WORKS).flatMap(([title, work]) =>
    OTHERS.map(
      (other): Comparison => ({
        title,
        base: onSdk(other, work),
        subjects: OURS.map((ours) => onSdk(ours, work)),
        ...(GOALS.has(title) && { atLeast: 1 }),
      }),
    ),
  ),
};
