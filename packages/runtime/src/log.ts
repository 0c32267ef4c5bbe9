import { type Event, type EventType, eventsCursor, type World } from '@world/contract';

/** A run's log as far as it is known: a prefix, since that is all that a world ever shows. */

/** What ends a run. */
export const RUN_ENDS: ReadonlySet<EventType> = new Set<EventType>([
  'run_completed',
  'run_failed',
  'run_cancelled',
]);

/** Starts a run, unless it was started, and reads its log. @throws RUN_EXPIRED, RUN_NOT_FOUND */
export async function startRun(world: World, runId: string): Promise<Event[]> {
  const { events = [], hasMore } = await world.events.create(runId, { eventType: 'run_started' });
  if (hasMore) await readOn(world, events);
  return events;
}

/** Reads what has come since. */
export async function readOn(world: World, log: Event[]): Promise<void> {
  for (let hasMore = true; hasMore; ) {
    const last = lastOf(log);
    const pagination = { cursor: eventsCursor(last) };
    const page = await world.events.list({ runId: last.runId, pagination });
    merge(log, page.data);
    ({ hasMore } = page);
  }
}

/** Takes in events that are known from elsewhere; those that it has are passed over. */
export function merge(log: Event[], events: readonly Event[]): void {
  for (const event of events) if (event.seq === log.length + 1) log.push(event);
}

/** The last event of a log, whose id is the fence. */
export function lastOf(log: readonly Event[]): Event {
  const last = log.at(-1);
  if (last === undefined) throw new Error('a run that was started has events');
  return last;
}

export function workflowNameOf([first]: readonly Event[]): string {
  if (first?.eventType !== 'run_created') throw new Error('a log begins with the run');
  return first.eventData.workflowName;
}
