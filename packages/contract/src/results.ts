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
import type { Committed, EntityRecord, EventPage } from './store.js';
import type { EventResult, MissedEvents } from './world.js';

/** What a store committed, as callers see it. */

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
  const held = new Map(payloads.map((event) => [event.seq, event]));
  const source: PayloadSource = (_, seq) => held.get(seq);
  const withLog = commands.findIndex(({ run }) => run === 'created');
  return results.map(({ event, run, entity }, index) => ({
    ...(event && { event: presentEvent(event, resolveData) }),
    ...(entity ? presentEntity(entity, source) : { run: presentRun(run, source) }),
    ...(index === withLog && log && presentLog(log, resolveData)),
  }));
}

function presentEntity(entity: EntityRecord, source: PayloadSource): EventResult {
  if (isHidden(entity)) return {};
  switch (entity.kind) {
    case 'step':
      return { step: presentStep(entity, source) };
    case 'hook':
      return { hook: presentHook(entity, source) };
    case 'wait':
      return { wait: presentWait(entity) };
  }
}

function presentLog(log: EventPage, resolveData: ResolveData): EventResult {
  const last = log.events.at(-1);
  return {
    ...presentEventPage(log, resolveData),
    cursor: last === undefined ? null : eventsCursor(last),
  };
}
