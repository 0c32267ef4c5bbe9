import type { Event, World } from '@world/contract';

/** A run's whole log, page by page. */
export async function readLog(world: World, runId: string): Promise<Event[]> {
  const log: Event[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await world.events.list({ runId, pagination: { cursor } });
    log.push(...page.data);
    if (!page.hasMore || page.cursor === null) return log;
    cursor = page.cursor;
  }
}

/** True when the positions of a log are 1..N without gaps, and its ids ascend. */
export const isDense = (log: readonly Event[]): boolean =>
  log.every(({ seq, eventId }, i) => {
    const before = log[i - 1];
    return seq === i + 1 && (before === undefined || eventId > before.eventId);
  });
