import type {
  CorrelationRange,
  EntityKind,
  EntityRange,
  EntityRecord,
  EventRange,
  EventRecord,
  RunRange,
  RunRecord,
  SortOrder,
} from '@world/contract';
import type { Database, Statement } from 'better-sqlite3';
import {
  type EntityRow,
  EVENT_COLUMNS,
  type EventRow,
  entityRecord,
  eventRecord,
  RUN_COLUMNS,
  RUN_NUMBER,
  type RunRow,
  runRecord,
} from './rows.js';

/** Reads outside of commits. Each page is one query on an index that has its order, whatever the length of the list. */
export class Reads {
  readonly #database: Database;
  readonly #namespace: string;
  readonly #statements = new Map<string, Statement<unknown[], unknown>>();

  constructor(database: Database, namespace: string) {
    this.#database = database;
    this.#namespace = namespace;
  }

  /** Prepared once per text: the texts are few, one per combination of filters. */
  #all<Row>(sql: string, ...params: unknown[]): Row[] {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare<unknown[], unknown>(sql);
    this.#statements.set(sql, prepared);
    return prepared.all(...params) as Row[];
  }

  /** Steps from run to run by the index: an entity may have any number of events. */
  findEntity(
    kind: EntityKind,
    id: string,
    hiddenStatuses: readonly string[],
  ): EntityRecord | undefined {
    return this.#all<EntityRow>(
      `WITH RECURSIVE found (run) AS (
         SELECT min(run) FROM events WHERE correlation_id = ?
         UNION ALL
         SELECT (SELECT min(run) FROM events WHERE correlation_id = ? AND run > found.run)
         FROM found WHERE found.run IS NOT NULL
       )
       SELECT runs.run_id, entities.kind, entities.id, entities.status, entities.state
       FROM found
       CROSS JOIN runs ON runs.run = found.run AND runs.namespace = ?
       CROSS JOIN entities ON entities.run = runs.run AND entities.kind = ? AND entities.id = ?`,
      id,
      id,
      this.#namespace,
      kind,
      id,
    )
      .map(entityRecord)
      .find(({ state }) => !hiddenStatuses.includes(state.status));
  }

  events(range: EventRange): readonly EventRecord[] {
    const { runId, correlationId, afterSeq, order, limit } = range;
    // Named, since SQLite would rather walk the log in order.
    const index = correlationId === undefined ? '' : 'INDEXED BY events_by_correlation';
    const byCorrelation = correlationId === undefined ? '' : 'AND correlation_id = ?';
    const beyond = order === 'asc' ? 'seq > ?' : 'seq < ?';
    return this.#all<EventRow>(
      `SELECT ? AS run_id, ${EVENT_COLUMNS} FROM events ${index}
       WHERE run = ${RUN_NUMBER} AND ${beyond} ${byCorrelation} ORDER BY seq ${order} LIMIT ?`,
      runId,
      this.#namespace,
      runId,
      afterSeq ?? (order === 'asc' ? 0 : Number.MAX_SAFE_INTEGER),
      ...(correlationId === undefined ? [] : [correlationId]),
      limit,
    ).map(eventRecord);
  }

  /** The joins are CROSS, which SQLite does not reorder: left to itself it scans whole logs for each position. */
  eventsAt(
    positions: readonly { readonly runId: string; readonly seq: number }[],
  ): readonly EventRecord[] {
    return this.#all<EventRow>(
      `SELECT runs.run_id, ${qualified('events', EVENT_COLUMNS)}
       FROM json_each(?) AS wanted
       CROSS JOIN runs ON runs.namespace = ? AND runs.run_id = wanted.value ->> 0
       CROSS JOIN events ON events.run = runs.run AND events.seq = wanted.value ->> 1`,
      JSON.stringify(positions.map(({ runId, seq }) => [runId, seq])),
      this.#namespace,
    ).map(eventRecord);
  }

  correlatedEvents(range: CorrelationRange): readonly EventRecord[] {
    const { correlationId, after, order, limit } = range;
    return this.#all<EventRow>(
      `SELECT runs.run_id, ${qualified('events', EVENT_COLUMNS)}
       FROM events JOIN runs USING (run)
       WHERE events.correlation_id = ? AND runs.namespace = ?
       ${after === undefined ? '' : `AND (runs.run_id, events.seq) ${beyond(order)} (?, ?)`}
       ORDER BY runs.run_id ${order}, events.seq ${order} LIMIT ?`,
      correlationId,
      this.#namespace,
      ...(after === undefined ? [] : [after.runId, after.seq]),
      limit,
    ).map(eventRecord);
  }

  runs(range: RunRange): readonly RunRecord[] {
    const { status, workflowName, after, order, limit } = range;
    return this.#all<RunRow>(
      `SELECT ${RUN_COLUMNS} FROM runs
       WHERE namespace = ?
       ${status === undefined ? '' : 'AND status = ?'}
       ${workflowName === undefined ? '' : 'AND workflow_name = ?'}
       ${after === undefined ? '' : `AND (created_at, run_id) ${beyond(order)} (?, ?)`}
       ORDER BY created_at ${order}, run_id ${order} LIMIT ?`,
      this.#namespace,
      ...(status === undefined ? [] : [status]),
      ...(workflowName === undefined ? [] : [workflowName]),
      ...(after === undefined ? [] : [after.createdAt, after.runId]),
      limit,
    ).map(runRecord);
  }

  entitiesOfRun(range: EntityRange): readonly EntityRecord[] {
    const { kind, runId, hiddenStatuses, after, order, limit } = range;
    return this.#all<EntityRow>(
      `SELECT ? AS run_id, kind, id, status, state FROM entities
       WHERE run = ${RUN_NUMBER} AND kind = ?
       AND status NOT IN (SELECT value FROM json_each(?))
       ${after === undefined ? '' : `AND created_seq ${beyond(order)} ?`}
       ORDER BY created_seq ${order} LIMIT ?`,
      runId,
      this.#namespace,
      runId,
      kind,
      JSON.stringify(hiddenStatuses),
      ...(after === undefined ? [] : [after.createdSeq]),
      limit,
    ).map(entityRecord);
  }

  entitiesWithToken(range: EntityRange): readonly EntityRecord[] {
    const { kind, after, order, limit } = range;
    return this.#all<EntityRow>(
      `SELECT runs.run_id, entities.kind, entities.id, entities.status, entities.state
       FROM entities JOIN runs USING (run)
       WHERE entities.namespace = ? AND entities.kind = ? AND entities.token IS NOT NULL
       ${
         after === undefined
           ? ''
           : `AND (entities.created_at, runs.run_id, entities.created_seq) ${beyond(order)} (?, ?, ?)`
       }
       ORDER BY entities.created_at ${order}, runs.run_id ${order}, entities.created_seq ${order}
       LIMIT ?`,
      this.#namespace,
      kind,
      ...(after === undefined ? [] : [after.createdAt, after.runId, after.createdSeq]),
      limit,
    ).map(entityRecord);
  }
}

const beyond = (order: SortOrder): string => (order === 'asc' ? '>' : '<');

const qualified = (table: string, columns: string): string =>
  columns
    .split(', ')
    .map((column) => `${table}.${column}`)
    .join(', ');
