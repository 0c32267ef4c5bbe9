import { type CreateEventRequest, hasCode } from '@world/contract';
import { type Log, stepEvents } from './log.js';

/** What writers do to a log. Each resolves to events per second, or to what its name says. */
export type Workload = (log: Log, ms: number) => Promise<number>;

/** So many writers, each of which writes one event after the other, to one of so many runs. */
export const writers =
  (count: number, runs: number): Workload =>
  (log, ms) =>
    rate(log, ms, count, runs, async (runId, stepId) => {
      const events = stepEvents(stepId);
      for (const event of events) await log.append(runId, [event]);
      return events.length;
    });

/** One writer, whose every event is fenced on the one before. */
export const fencedChain: Workload = (log, ms) => {
  let tail: string | undefined;
  return rate(log, ms, 1, 1, async (runId, stepId) => {
    const events = stepEvents(stepId);
    for (const event of events) tail = await log.append(runId, [event], tail);
    return events.length;
  });
};

/** One writer, so many events at a time. */
export const batches =
  (size: number): Workload =>
  (log, ms) =>
    rate(log, ms, 1, 1, async (runId, stepId) => {
      const events: CreateEventRequest[] = [];
      for (let i = 0; events.length < size; i += 1) events.push(...stepEvents(`${stepId}.${i}`));
      await log.append(runId, events.slice(0, size));
      return size;
    });

/** So many writers that fence on one run: conflicts for each event that was written. */
export const contention =
  (count: number): Workload =>
  async (log, ms) => {
    let conflicts = 0;
    let written = 0;
    // Each knows what it has written or was told itself.
    const tails: (string | undefined)[] = [];
    await rate(log, ms, count, 1, async (runId, stepId, writer) => {
      const events = stepEvents(stepId);
      for (const event of events) {
        while (!(await isWritten(runId, event, writer))) conflicts += 1;
        written += 1;
      }
      return events.length;
    });
    return conflicts / written;

    async function isWritten(
      runId: string,
      event: CreateEventRequest,
      writer: number,
    ): Promise<boolean> {
      try {
        tails[writer] = await log.append(runId, [event], tails[writer]);
        return true;
      } catch (error) {
        if (!hasCode(error, 'FENCE_CONFLICT')) throw error;
        tails[writer] = error.details.tailEventId ?? undefined;
        return false;
      }
    }
  };

/** Events per second of so many writers, who take turns at so many new runs. */
async function rate(
  log: Log,
  ms: number,
  writerCount: number,
  runCount: number,
  work: (runId: string, stepId: string, writer: number) => Promise<number>,
): Promise<number> {
  const runIds: string[] = [];
  for (let i = 0; i < runCount; i += 1) runIds.push(await log.openRun());
  let turns = 0;
  let events = 0;
  const begin = performance.now();
  const write = async (writer: number): Promise<void> => {
    while (performance.now() - begin < ms) {
      turns += 1;
      const runId = runIds[turns % runCount] as string;
      // Some worlds have one space of ids for all runs.
      const written = await work(runId, `step_${runId}_${turns}`, writer);
      events += written;
    }
  };
  await Promise.all(Array.from({ length: writerCount }, (_, writer) => write(writer)));
  return (1000 * events) / (performance.now() - begin);
}
