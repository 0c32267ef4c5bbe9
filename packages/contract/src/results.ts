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
import type { CommandResult, Committed, EntityRecord, EventPage } from './store.js';
import type { EventResult, MissedEvents } from './world.js';

/** What a store committed, as callers see it. */

export function presentEventPage(page: EventPage, resolveData: ResolveData): MissedEvents {
  return {
    events: page.events.map((event) => presentEvent(event, resolveData)),
    hasMore: page.hasMore,
  };
}

export function presentResult(options: {
  readonly result: CommandResult;
  readonly committed: Committed;
  readonly command: Command | undefined;
  readonly resolveData: ResolveData;
}): EventResult {
  const { result, committed, command, resolveData } = options;
  const { event, run, entity } = result;
  const payloads = new Map(committed.payloads.map((held) => [held.seq, held]));
  const source: PayloadSource = (_, seq) => payloads.get(seq);
  return {
    ...(event && { event: presentEvent(event, resolveData) }),
    ...(entity ? presentEntity(entity, source) : { run: presentRun(run, source) }),
    ...(command?.run === 'created' && committed.log && presentLog(committed.log, resolveData)),
  };
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
