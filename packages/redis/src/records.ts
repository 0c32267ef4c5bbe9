import {
  type EntityKind,
  type EntityRecord,
  type EventRecord,
  type EventType,
  ON_RUN_END,
  type RunRecord,
  type Scalar,
  type State,
  TERMINAL_RUN_STATUSES,
} from '@world/contract';
import { unpack } from './message-pack.js';

/** Records as the scripts store them: MessagePack, in which Lua cannot tell bytes from text. */

/** Text holds no NUL, so bytes are what begins with one. */
const BYTES = '\0';

/** A scalar as it is stored: bytes become base64 text. */
export const storedScalar = (value: Scalar): string | number | boolean =>
  value instanceof Uint8Array ? BYTES + Buffer.from(value).toString('base64') : value;

const scalarOf = (value: string | number | boolean): Scalar =>
  typeof value === 'string' && value.startsWith(BYTES)
    ? new Uint8Array(Buffer.from(value.slice(1), 'base64'))
    : value;

type StoredState = Readonly<Record<string, string | number | boolean>>;

const stateOf = (stored: StoredState): State => {
  const fields = Object.entries(stored).map(([field, value]) => [field, scalarOf(value)] as const);
  return Object.fromEntries(fields) as State;
};

type StoredTail = readonly [
  seq: number,
  eventId: string,
  decisionId: string,
  outcomeAt: number,
  ms: number,
  status: string,
];

/** A run, and its status by itself. */
export interface StoredRun extends RunRecord {
  readonly status: string;
}

/** The state is decoded when somebody looks at it: appends to a run's entities rarely do. */
export function runRecord(runId: string, packedTail: Buffer, packedState: Buffer): StoredRun {
  const [seq, eventId, decisionId, outcomeAt, , status] = unpack(packedTail) as StoredTail;
  let state: State | undefined;
  return {
    runId,
    tail: { seq, eventId, decisionId, outcomeAt },
    status,
    get state() {
      state ??= stateOf(unpack(packedState) as StoredState);
      return state;
    },
  };
}

/** The status of a run in its tail. */
export const statusInTail = (tail: Buffer): string => (unpack(tail) as StoredTail)[5];

const hasEnded = (status: string): boolean =>
  (TERMINAL_RUN_STATUSES as readonly string[]).includes(status);

/** The end of a run closes entities without touching them: their status follows from that of the run. */
function statusIn(runStatus: string, kind: EntityKind, status: string): string {
  if (!hasEnded(runStatus)) return status;
  return ON_RUN_END.find((end) => end.kind === kind && end.from === status)?.to ?? status;
}

/** The entity of a kind in the cell of its id; `runStatus` is that of its run at the same instant. */
export function entityRecord(
  at: { readonly runId: string; readonly kind: EntityKind; readonly id: string },
  cell: Buffer,
  runStatus: string,
): EntityRecord | undefined {
  const stored = (unpack(cell) as Partial<Record<EntityKind, StoredState>>)[at.kind];
  if (stored === undefined) return undefined;
  const state = stateOf(stored);
  return { ...at, state: { ...state, status: statusIn(runStatus, at.kind, state.status) } };
}

/** An entry of a stream: its id, and fields `e`, the head of an event, and `d`, its data or nothing. */
export type LogEntry = readonly [id: Buffer, fields: readonly [Buffer, Buffer, Buffer, Buffer]];

type StoredHead = readonly [
  eventId: string,
  eventType: EventType,
  createdAt: number,
  correlationId: string | false,
  specVersion: number | false,
  occurredAt: number | false,
  conflictingRunId: string | false,
];

export function eventRecord(runId: string, [id, [, head, , data]]: LogEntry): EventRecord {
  const [eventId, eventType, createdAt, correlationId, specVersion, occurredAt, conflictingRunId] =
    unpack(head) as StoredHead;
  return {
    runId,
    seq: Number.parseInt(id.toString('latin1'), 10),
    eventId,
    eventType,
    ...(correlationId !== false && { correlationId }),
    ...(specVersion !== false && { specVersion }),
    createdAt,
    ...(occurredAt !== false && { occurredAt }),
    ...(data.length > 0 && { data }),
    ...(conflictingRunId !== false && { conflictingRunId }),
  };
}
