import { devNull } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type AppFiles, AppProcess, type Place } from '@world/app-process';
import { BACKENDS } from './places.js';
import type { Figures } from './report.js';

/** A fan-out on the stock SDK: one run of 110 parallel steps that do nothing, from its start to its end, per world. */

const STEPS = 110;
const WARM_UP_STEPS = 10;
const DEADLINE_MS = 120_000;
const POLL_MS = 10;

const APP: AppFiles = {
  server: new URL(import.meta.resolve('@world/sdk-e2e/server')),
  folder: new URL('..', import.meta.url),
  ready: 'listening',
};

/** Milliseconds per world, one for each round; the worlds take turns, each round in another order. */
export async function parallelSteps(
  rounds: number,
  told: (progress: string) => void,
): Promise<Figures> {
  const names = Object.keys(BACKENDS);
  const backends = await Promise.all(
    Object.entries(BACKENDS).map(async ([name, start]) => ({ name, backend: await start() })),
  );
  const figures: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < backends.length; turn += 1) {
        const { name, backend } = backends[
          (round + turn) % backends.length
        ] as (typeof backends)[0];
        told(`round ${round + 1} of ${rounds}: ${name}`);
        const place = await backend.openPlace();
        try {
          figures[name]?.push(await timed(name, place));
        } finally {
          await place.close();
        }
      }
    }
  } finally {
    for (const { backend } of backends) await backend.stop();
  }
  return figures;
}

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
