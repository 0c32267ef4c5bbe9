import type { Command, Patch, Scalar } from './command.js';
import { eventIdTime } from './event-id.js';
import type { EntityRecord, RunRecord, State, Tail } from './store.js';
import { TRANSITIONS } from './transitions.js';

/** What one committed event does to the records of its run. */

/** Applies a patch. `seq` is the event's; a field is never undefined. */
export function applyPatch(
  state: State | undefined,
  patch: Patch,
  at: { readonly nowMs: number; readonly seq: number },
): State {
  const next: Record<string, Scalar> = { ...state, ...patch.set };
  for (const field of patch.stamp) next[field] = at.nowMs;
  for (const field of patch.stampOnce) next[field] ??= at.nowMs;
  for (const field of patch.mark) next[field] = at.seq;
  for (const field of patch.increment) next[field] = Number(next[field] ?? 0) + 1;
  for (const field of patch.unset) if (field in next) delete next[field];
  return next as State;
}

/** The tail behind an event (L5). */
export function tailAfter(
  before: Tail | undefined,
  { inBand, outcome }: Command,
  { seq, eventId }: { readonly seq: number; readonly eventId: string },
): Tail {
  return {
    seq,
    eventId,
    decisionId: inBand ? eventId : (before?.decisionId ?? eventId),
    outcomeAt: outcome ? eventIdTime(eventId) : (before?.outcomeAt ?? 0),
  };
}

/** Fields of runs and entities that hold the `seq` of an event, which has the payload. */
export const PAYLOAD_FIELDS: readonly string[] = [
  ...new Set(Object.values(TRANSITIONS).flatMap(({ effect }) => Object.keys(effect.payload ?? {}))),
];

/** Positions of the events that hold the payloads of a record. */
export function payloadSeqs({ state }: RunRecord | EntityRecord): readonly number[] {
  const seqs: number[] = [];
  for (const field of PAYLOAD_FIELDS) {
    const seq = state[field];
    if (typeof seq === 'number') seqs.push(seq);
  }
  return seqs;
}
