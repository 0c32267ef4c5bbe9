import type {
  Append,
  Command,
  CommandResult,
  Committed,
  EntityRecord,
  ErrorCode,
  EventPage,
  EventRecord,
  Outcome,
  Refused,
} from '@world/contract';
import { entityRecord, eventRecord, type LogEntry, runRecord, type StoredRun } from './records.js';

/** What `lua/append.lua` answers. */

type Variant = 'command' | 'instead' | 'first';

type RawEvent = readonly [
  index: number,
  variant: Buffer,
  seq: number,
  eventId: Buffer,
  createdAt: number,
  conflictingRunId: Buffer | null,
];

type RawResult = readonly [seq: number, tail: Buffer, run: Buffer | null, cell: Buffer | null];

type RawCommitted = readonly [
  kind: Buffer,
  length: number,
  events: readonly RawEvent[],
  results: readonly RawResult[],
  shown: readonly LogEntry[],
  log: readonly LogEntry[] | null,
  passed: readonly LogEntry[] | null,
  changes: Buffer | null,
  claimed: readonly Buffer[],
];

type RawRefused = readonly [
  kind: Buffer,
  code: Buffer,
  index: number,
  nowMs: number,
  tail: Buffer | null,
  run: Buffer | null,
  cell: Buffer | null,
  owner: readonly [Buffer, Buffer] | null,
  conflict: readonly [Buffer | null, readonly LogEntry[]] | null,
  shown: readonly LogEntry[],
];

/** What an append has left to do where the index is on another server. */
export interface Leftover {
  /** For `change-index.lua`; absent when nothing changes. */
  readonly changes: Buffer | undefined;
  /** Tokens that the run holds now by this append. */
  readonly claimed: readonly string[];
}

/** `lapsed`: the claims are no longer good, nothing was done; claim again. */
export type AppendReply = { readonly outcome: Outcome; readonly leftover: Leftover } | 'lapsed';

const NOTHING: Leftover = { changes: undefined, claimed: [] };

export function decodeAppendReply(reply: unknown, append: Append): AppendReply {
  const kind = String((reply as readonly unknown[])[0]);
  if (kind === 'lapsed') return 'lapsed';
  if (kind === 'replayed') {
    const [, firstSeq, lastSeq] = reply as readonly [Buffer, number, number];
    return { outcome: { kind, firstSeq, lastSeq }, leftover: NOTHING };
  }
  if (kind === 'refused') {
    return { outcome: decodeRefused(reply as RawRefused, append), leftover: NOTHING };
  }
  const committed = reply as RawCommitted;
  const [, , , , , , , changes, claimed] = committed;
  return {
    outcome: decodeCommitted(committed, append),
    leftover: { changes: changes ?? undefined, claimed: claimed.map(String) },
  };
}

function variantOf(command: Command | undefined, variant: Variant): Command | undefined {
  return variant === 'command' ? command : command?.[variant];
}

/** An event that this append has written: its command is at hand, only what was minted comes back. */
function writtenEvent(append: Append, raw: RawEvent): EventRecord {
  const [index, variant, seq, eventId, createdAt, conflictingRunId] = raw;
  const command = variantOf(append.commands[index], String(variant) as Variant);
  if (command === undefined) throw new Error(`the script has executed no command ${index}`);
  const { eventType, correlationId, specVersion, occurredAt, data } = command;
  return {
    runId: append.runId,
    seq,
    eventId: String(eventId),
    eventType,
    ...(correlationId !== undefined && { correlationId }),
    ...(specVersion !== undefined && { specVersion }),
    createdAt,
    ...(occurredAt !== undefined && { occurredAt }),
    ...(data !== undefined && { data }),
    ...(conflictingRunId !== null && { conflictingRunId: String(conflictingRunId) }),
  };
}

function entityOf(
  append: Append,
  command: Command | undefined,
  cell: Buffer | null,
  run: StoredRun | undefined,
): EntityRecord | undefined {
  const { entity } = command ?? {};
  if (entity === undefined || cell === null || run === undefined) return undefined;
  return entityRecord({ runId: append.runId, ...entity }, cell, run.status);
}

function pageOf(runId: string, entries: readonly LogEntry[], limit: number): EventPage {
  const events = entries.slice(0, limit).map((entry) => eventRecord(runId, entry));
  return { events, hasMore: entries.length > limit };
}

function decodeCommitted(reply: RawCommitted, append: Append): Committed {
  const [, length, rawEvents, rawResults, shown, log, passed] = reply;
  const { runId, logLimit, missedLimit } = append;
  const written = rawEvents.map((raw) => writtenEvent(append, raw));
  const stored = shown.map((entry) => eventRecord(runId, entry));
  const bySeq = new Map([...stored, ...written].map((event) => [event.seq, event]));
  let state: Buffer = Buffer.of();
  const results = rawResults.map(([seq, tail, changed, cell], index): CommandResult => {
    const event = bySeq.get(seq);
    state = changed ?? state;
    const run = runRecord(runId, tail, state);
    const entity = entityOf(append, append.commands[index], cell, run);
    return { run, ...(event && { event }), ...(entity && { entity }) };
  });
  return {
    kind: 'committed',
    results,
    payloads: append.payloads ? [...bySeq.values()] : [],
    ...(log !== null && { log: logWith(written, runId, log, length, logLimit) }),
    ...(passed !== null && { passed: pageOf(runId, passed, missedLimit) }),
  };
}

/** The log as it is now: what was stored before, then what was written. */
function logWith(
  written: readonly EventRecord[],
  runId: string,
  stored: readonly LogEntry[],
  length: number,
  limit: number,
): EventPage {
  const { events } = pageOf(runId, stored, limit);
  const total = length + written.length;
  return { events: [...events, ...written].slice(0, limit), hasMore: total > limit };
}

function decodeRefused(reply: RawRefused, append: Append): Refused {
  const [, code, index, nowMs, tail, state, cell, owner, conflict, shown] = reply;
  const run = tail && state ? runRecord(append.runId, tail, state) : undefined;
  const entity = entityOf(append, append.commands[index], cell, run);
  return {
    kind: 'refused',
    code: String(code) as ErrorCode,
    index,
    nowMs,
    payloads: shown.map((entry) => eventRecord(append.runId, entry)),
    ...(run && { run }),
    ...(entity && { entity }),
    ...(owner && { owner: { runId: String(owner[0]), hookId: String(owner[1]) } }),
    ...(conflict !== null && {
      conflict: {
        lastKnownEventId: conflict[0] === null ? null : String(conflict[0]),
        missed: pageOf(append.runId, conflict[1], append.missedLimit),
      },
    }),
  };
}
