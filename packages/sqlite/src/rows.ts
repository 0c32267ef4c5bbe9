import {
  decodeData,
  type EntityKind,
  type EntityRecord,
  type EventRecord,
  type EventType,
  type RunRecord,
  type State,
} from '@world/contract';

/** Rows as the statements return them, and the records that they stand for. */

/**
 * The number of a run, within the statement that uses it. Numbers are used again: between two statements the run may be
 * removed, and its number be another's.
 */
export const RUN_NUMBER = '(SELECT run FROM runs WHERE namespace = ? AND run_id = ?)';

export const RUN_COLUMNS = 'run, run_id, state, seq, event_id, decision_id, outcome_at';

export const EVENT_COLUMNS =
  'seq, event_id, event_type, correlation_id, spec_version, created_at, occurred_at, conflicting_run_id, data';

export interface RunRow {
  readonly run: number;
  readonly run_id: string;
  readonly state: Uint8Array;
  readonly seq: number;
  readonly event_id: string;
  readonly decision_id: string;
  readonly outcome_at: number;
}

export interface EventRow {
  readonly run_id: string;
  readonly seq: number;
  readonly event_id: string;
  readonly event_type: string;
  readonly correlation_id: string | null;
  readonly spec_version: number | null;
  readonly created_at: number;
  readonly occurred_at: number | null;
  readonly conflicting_run_id: string | null;
  readonly data: Uint8Array | null;
}

export interface EntityRow {
  readonly run_id: string;
  readonly kind: string;
  readonly id: string;
  readonly status: string;
  readonly state: Uint8Array;
}

const stateOf = (encoded: Uint8Array): State => decodeData(encoded) as State;

export function runRecord(row: RunRow): RunRecord {
  return {
    runId: row.run_id,
    tail: {
      seq: row.seq,
      eventId: row.event_id,
      decisionId: row.decision_id,
      outcomeAt: row.outcome_at,
    },
    state: stateOf(row.state),
  };
}

export function eventRecord(row: EventRow): EventRecord {
  return {
    runId: row.run_id,
    seq: row.seq,
    eventId: row.event_id,
    eventType: row.event_type as EventType,
    ...(row.correlation_id !== null && { correlationId: row.correlation_id }),
    ...(row.spec_version !== null && { specVersion: row.spec_version }),
    createdAt: row.created_at,
    ...(row.occurred_at !== null && { occurredAt: row.occurred_at }),
    ...(row.data !== null && { data: row.data }),
    ...(row.conflicting_run_id !== null && { conflictingRunId: row.conflicting_run_id }),
  };
}

/** The status stands in a column of its own: the end of a run changes it for many at once. */
export function entityRecord(row: EntityRow): EntityRecord {
  return {
    runId: row.run_id,
    kind: row.kind as EntityKind,
    id: row.id,
    state: { ...stateOf(row.state), status: row.status },
  };
}
