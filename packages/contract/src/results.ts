import type { Command } from './command.js';
import type { ResolveData } from './create-event-params.js';
import { eventsCursor } from './event-cursor.js';
import {
  isHidden,
  type PayloadSource,
  presentEvent,
  presentHook,
  presentRun,
  presentStep,
  presentWait,
} from './present.js';
import type { Committed, EntityRecord, EventPage, EventRecord } from './store.js';
import type { EventResult, MissedEvents } from './world.js';

/** What a store committed, as callers see it. */

/** Among so many a look at each is faster than a map. */
const FEW = 4;

export function presentEventPage(page: EventPage, resolveData: ResolveData): MissedEvents {
  return {
    events: page.events.map((event) => presentEvent(event, resolveData)),
    hasMore: page.hasMore,
  };
}

/** One result per command. The log comes with the first that is answered with it, once for a whole batch. */
export function presentResults(
  { results, payloads, log }: Committed,
  commands: readonly Command[],
  resolveData: ResolveData,
): EventResult[] {
  const source = sourceOf(payloads);
  const withLog =
    log === undefined ? undefined : commands.findIndex(({ run }) => run === 'created');
  return results.map(({ event, run, entity }, index) => {
    const result: EventResult = {};
    if (event !== undefined) result.event = presentEvent(event, resolveData);
    if (entity === undefined) result.run = presentRun(run, source);
    else if (!isHidden(entity)) presentEntity(result, entity, source);
    return log !== undefined && index === withLog
      ? { ...result, ...presentLog(log, resolveData) }
      : result;
  });
}

/** Finds payloads among those that are held: a few, or those of a batch. */
function sourceOf(held: readonly EventRecord[]): PayloadSource {
  if (held.length <= FEW) return (_, wanted) => held.find(({ seq }) => seq === wanted);
  const bySeq = new Map(held.map((event) => [event.seq, event]));
  return (_, seq) => bySeq.get(seq);
}

function presentEntity(result: EventResult, entity: EntityRecord, source: PayloadSource): void {
  if (entity.kind === 'step') result.step = presentStep(entity, source);
  else if (entity.kind === 'hook') result.hook = presentHook(entity, source);
  else result.wait = presentWait(entity);
}

function presentLog(log: EventPage, resolveData: ResolveData): EventResult {
  const last = log.events.at(-1);
  return {
    ...presentEventPage(log, resolveData),
    cursor: last === undefined ? null : eventsCursor(last),
  };
}
