import { isDeepStrictEqual } from 'node:util';
import type { World } from '@world/contract';
import { readAll, readLog } from './read-pages.js';

/** What a comparison found. */
export interface Verification {
  /** `log`: one side has moved on since the copy, so that its run and entities are newer than the other's. */
  readonly compared: 'all' | 'log';
  /** The first difference. */
  readonly problem?: string;
}

/** Compares a run in two worlds, up to the event at `copiedSeq`: its log, and if both end there all that it has led to. */
export async function verifyRun(
  from: World,
  to: World,
  runId: string,
  copiedSeq: number,
): Promise<Verification> {
  // Entities first: if both logs still end at the copied event afterwards, they belong to it.
  const source = await readEntities(from, runId);
  const target = await readEntities(to, runId);
  const log = await compareLogs(from, to, runId, copiedSeq);
  if (log.problem !== undefined) return { compared: 'log', problem: log.problem };
  if (!log.bothEndHere) return { compared: 'log' };
  for (const [name, expected] of Object.entries(source)) {
    const problem = difference(name, expected, target[name]);
    if (problem !== undefined) return { compared: 'all', problem };
  }
  return { compared: 'all' };
}

async function readEntities(world: World, runId: string): Promise<Record<string, unknown>> {
  return {
    run: await world.runs.get(runId),
    steps: await readAll((pagination) => world.steps.list({ runId, pagination })),
    hooks: await readAll((pagination) => world.hooks.list({ runId, pagination })),
    waits: await readAll((pagination) => world.waits.list({ runId, pagination })),
  };
}

async function compareLogs(
  from: World,
  to: World,
  runId: string,
  copiedSeq: number,
): Promise<{ problem?: string; bothEndHere: boolean }> {
  const source = readLog(from, runId);
  const target = readLog(to, runId);
  try {
    for (let seq = 1; seq <= copiedSeq; seq += 1) {
      const expected = (await source.next()).value;
      const problem = difference(`event ${seq}`, expected, (await target.next()).value);
      if (problem !== undefined) return { problem, bothEndHere: false };
    }
    const bothEndHere = Boolean((await source.next()).done && (await target.next()).done);
    return { bothEndHere };
  } finally {
    await source.return(undefined);
    await target.return(undefined);
  }
}

/** Where two values differ, as a path from `name`; undefined when they are equal. Bytes are bytes, of whatever class. */
function difference(name: string, expected: unknown, actual: unknown): string | undefined {
  if (isDeepStrictEqual(expected, actual)) return undefined;
  if (expected instanceof Uint8Array && actual instanceof Uint8Array) {
    return Buffer.compare(expected, actual) === 0 ? undefined : `${name} differs`;
  }
  if (!isContainer(expected) || !isContainer(actual)) return `${name} differs`;
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const inside = difference(`${name}.${key}`, expected[key], actual[key]);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

type Container = Readonly<Record<string, unknown>>;

const isContainer = (value: unknown): value is Container =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);
