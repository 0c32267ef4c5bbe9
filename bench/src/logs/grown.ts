import type { CreateEventRequest } from '@world/contract';
import { type Log, stepEvents } from './log.js';

/** Steps at a time: batches of 24 events. */
const STEPS_AT_ONCE = 8;

/** Opens a run, and appends about so many events to it. Resolves to its id. */
export async function openGrown(log: Log, length: number): Promise<string> {
  const runId = await log.openRun();
  for (let step = 0; step * 3 < length; step += STEPS_AT_ONCE) {
    const events: CreateEventRequest[] = [];
    for (let i = 0; i < STEPS_AT_ONCE; i += 1) events.push(...stepEvents(`grown_${step + i}`));
    await log.append(runId, events);
  }
  return runId;
}

const OPENERS = 32;

/** Opens so many runs. */
export async function openRuns(log: Log, count: number): Promise<void> {
  let opened = 0;
  const open = async (): Promise<void> => {
    while (opened < count) {
      opened += 1;
      await log.openRun();
    }
  };
  await Promise.all(Array.from({ length: OPENERS }, open));
}
