import {
  type EntityKind,
  type EntityRecord,
  type EventRecord,
  encodeData,
  ON_RUN_END,
  type RunRecord,
  type TokenOwner,
  type View,
  type Writes,
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

/** Inside a commit: reads what the evaluator asks for, writes what it decided. Every statement is prepared once. */
export class SqliteView implements View {
  readonly #namespace: string;
  readonly #number: Statement<unknown[], number>;
  readonly #run: Statement<unknown[], RunRow>;
  readonly #entity: Statement<unknown[], EntityRow>;
  readonly #owner: Statement<unknown[], { run_id: string; id: string }>;
  readonly #keyed: Statement<unknown[], { firstSeq: number; lastSeq: number }>;
  readonly #events: Statement<unknown[], EventRow>;
  readonly #event: Statement<unknown[], EventRow>;
  readonly #insertRun: Statement;
  readonly #moveTail: Statement;
  readonly #updateRun: Statement;
  readonly #insertEvent: Statement;
  readonly #upsertEntity: Statement;
  readonly #releaseToken: Statement;
  readonly #claimToken: Statement;
  readonly #closeEntities: Statement;
  readonly #insertKey: Statement;

  constructor(database: Database, namespace: string) {
    this.#namespace = namespace;
    this.#number = database
      .prepare<unknown[], number>('SELECT run FROM runs WHERE namespace = ? AND run_id = ?')
      .pluck();
    this.#run = database.prepare(
      `SELECT ${RUN_COLUMNS} FROM runs WHERE namespace = ? AND run_id = ?`,
    );
    this.#entity = database.prepare(
      `SELECT ? AS run_id, kind, id, status, state FROM entities
       WHERE run = ${RUN_NUMBER} AND kind = ? AND id = ?`,
    );
    this.#owner = database.prepare(
      `SELECT runs.run_id, entities.id FROM entities JOIN runs USING (run)
       WHERE entities.namespace = ? AND entities.token = ?`,
    );
    this.#keyed = database.prepare(
      'SELECT first_seq AS firstSeq, last_seq AS lastSeq FROM keys WHERE run = ? AND key = ?',
    );
    this.#events = database.prepare(
      `SELECT ? AS run_id, ${EVENT_COLUMNS} FROM events
       WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?`,
    );
    this.#event = database.prepare(
      `SELECT ? AS run_id, ${EVENT_COLUMNS} FROM events WHERE run = ? AND seq = ?`,
    );
    this.#insertRun = database.prepare(
      `INSERT INTO runs (namespace, run_id, status, workflow_name, created_at, ended_at, state,
                         seq, event_id, decision_id, outcome_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#moveTail = database.prepare(
      'UPDATE runs SET seq = ?, event_id = ?, decision_id = ?, outcome_at = ? WHERE run = ?',
    );
    this.#updateRun = database.prepare(
      'UPDATE runs SET status = ?, ended_at = ?, state = ? WHERE run = ?',
    );
    this.#insertEvent = database.prepare(
      `INSERT INTO events (run, ${EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#upsertEntity = database.prepare(
      `INSERT INTO entities (run, kind, id, namespace, created_seq, created_at, status, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET status = excluded.status, state = excluded.state`,
    );
    this.#releaseToken = database.prepare(
      'UPDATE entities SET token = NULL WHERE namespace = ? AND token = ?',
    );
    this.#claimToken = database.prepare(
      'UPDATE entities SET token = ? WHERE run = ? AND kind = ? AND id = ?',
    );
    this.#closeEntities = database.prepare(
      'UPDATE entities SET status = ?, token = NULL WHERE run = ? AND kind = ? AND status = ?',
    );
    this.#insertKey = database.prepare(
      'INSERT INTO keys (run, key, first_seq, last_seq) VALUES (?, ?, ?, ?)',
    );
  }

  run(runId: string): RunRecord | undefined {
    const row = this.#run.get(this.#namespace, runId);
    return row && runRecord(row);
  }

  /** The number of a run, for use in the same transaction; 0, which no run has, when it is absent. */
  #numberOf(runId: string): number {
    return this.#number.get(this.#namespace, runId) ?? 0;
  }

  entity(kind: EntityKind, runId: string, id: string): EntityRecord | undefined {
    const row = this.#entity.get(runId, this.#namespace, runId, kind, id);
    return row && entityRecord(row);
  }

  tokenOwner(token: string): TokenOwner | undefined {
    const row = this.#owner.get(this.#namespace, token);
    return row && { runId: row.run_id, hookId: row.id };
  }

  keyed(runId: string, key: string): { firstSeq: number; lastSeq: number } | undefined {
    return this.#keyed.get(this.#numberOf(runId), key);
  }

  events(runId: string, afterSeq: number, limit: number): readonly EventRecord[] {
    const run = this.#numberOf(runId);
    if (limit > 1) return this.#events.all(runId, run, afterSeq, limit).map(eventRecord);
    // Logs are dense. By its position one event takes half the time.
    const row = this.#event.get(runId, run, afterSeq + 1);
    return row === undefined ? [] : [eventRecord(row)];
  }

  apply(writes: Writes): void {
    const run = this.#writeRun(writes.run, writes.changesRun);
    for (const event of writes.events) this.#writeEvent(run, event);
    for (const entity of writes.entities) this.#writeEntity(run, entity);
    for (const token of writes.releases) this.#releaseToken.run(this.#namespace, token);
    for (const { token, hookId } of writes.claims) {
      this.#releaseToken.run(this.#namespace, token);
      this.#claimToken.run(token, run, 'hook', hookId);
    }
    if (writes.endsRun) {
      for (const { kind, from, to } of ON_RUN_END) this.#closeEntities.run(to, run, kind, from);
    }
    if (writes.key !== undefined) {
      this.#insertKey.run(run, writes.key.key, writes.key.firstSeq, writes.key.lastSeq);
    }
  }

  #writeRun({ runId, tail, state }: RunRecord, stateChanged: boolean): number {
    const { seq, eventId, decisionId, outcomeAt } = tail;
    const run = this.#numberOf(runId);
    const endedAt = state.completedAt ?? null;
    if (run === 0) {
      const { lastInsertRowid } = this.#insertRun.run(
        this.#namespace,
        runId,
        state.status,
        state.workflowName ?? '',
        state.createdAt ?? 0,
        endedAt,
        encodeData(state),
        seq,
        eventId,
        decisionId,
        outcomeAt,
      );
      return Number(lastInsertRowid);
    }
    this.#moveTail.run(seq, eventId, decisionId, outcomeAt, run);
    if (stateChanged) this.#updateRun.run(state.status, endedAt, encodeData(state), run);
    return run;
  }

  #writeEvent(run: number, event: EventRecord): void {
    this.#insertEvent.run(
      run,
      event.seq,
      event.eventId,
      event.eventType,
      event.correlationId ?? null,
      event.specVersion ?? null,
      event.createdAt,
      event.occurredAt ?? null,
      event.conflictingRunId ?? null,
      event.data ?? null,
    );
  }

  #writeEntity(run: number, { kind, id, state }: EntityRecord): void {
    this.#upsertEntity.run(
      run,
      kind,
      id,
      this.#namespace,
      state.createdSeq ?? 0,
      state.createdAt ?? 0,
      state.status,
      encodeData(state),
    );
  }
}
