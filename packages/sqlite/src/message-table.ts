import {
  type ClaimedMessage,
  type ClaimRef,
  type ClaimRequest,
  type Enqueued,
  MAX_CLAIM_BYTES,
  type MessageHead,
  type MessageRange,
  type MessageRecord,
  type MessageState,
  type NewMessage,
  type Settlement,
  type Topic,
} from '@world/contract';
import type { Database, Statement } from 'better-sqlite3';

interface MessageRow {
  readonly message: number;
  readonly message_id: string;
  readonly queue_name: string;
  readonly topic: Topic;
  readonly run_id: string | null;
  readonly lane: string | null;
  readonly mergeable: number;
  readonly idempotency_key: string | null;
  readonly state: MessageState;
  readonly failures: number;
  readonly due_at: number;
  readonly reason: string | null;
  readonly data: Uint8Array;
}

/** Due, and in no lane that another message holds. */
const NEXT = `SELECT * FROM messages AS one
  WHERE namespace = @namespace AND topic = @topic AND state <> 'dead' AND due_at <= @now
    AND NOT EXISTS (
      SELECT 1 FROM messages AS other
      WHERE other.namespace = @namespace AND other.lane = one.lane AND other.state = 'claimed'
        AND other.due_at > @now)
  ORDER BY due_at, message_id LIMIT 1`;

/** The messages of a namespace, within a transaction. Times are epoch ms. Every statement is prepared once. */
export class MessageTable {
  readonly #namespace: string;
  readonly #sql: (text: string) => Statement<unknown[], MessageRow>;
  readonly #secrets: {
    readonly insert: Statement;
    readonly read: Statement<unknown[], { readonly secret: Uint8Array }>;
  };

  constructor(database: Database, namespace: string) {
    this.#namespace = namespace;
    this.#secrets = {
      insert: database.prepare('INSERT OR IGNORE INTO secrets (namespace, secret) VALUES (?, ?)'),
      read: database.prepare('SELECT secret FROM secrets WHERE namespace = ?'),
    };
    const prepared = new Map<string, Statement<unknown[], MessageRow>>();
    this.#sql = (text) => {
      const statement = prepared.get(text) ?? database.prepare<unknown[], MessageRow>(text);
      prepared.set(text, statement);
      return statement;
    };
  }

  enqueue(message: NewMessage, now: number): Enqueued {
    const standing = this.#standing(message) ?? this.#wakeFor(message, now);
    if (standing !== undefined) return { messageId: standing.message_id, added: false };
    this.#sql(
      `INSERT INTO messages (namespace, message_id, queue_name, topic, run_id, lane, mergeable,
                             idempotency_key, state, failures, due_at, data)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?)`,
    ).run(
      this.#namespace,
      message.messageId,
      message.queueName,
      message.topic,
      message.runId,
      message.lane,
      message.mergeable ? 1 : 0,
      message.idempotencyKey,
      now + message.delayMs,
      message.data,
    );
    return { messageId: message.messageId, added: true };
  }

  /** Whether a claim would find anything: a look that takes no lock. */
  isDue(topic: Topic, now: number): boolean {
    return this.#sql(NEXT).get({ namespace: this.#namespace, topic, now }) !== undefined;
  }

  claim({ topic, limit, leaseMs, token }: ClaimRequest, now: number): ClaimedMessage[] {
    const claimed: ClaimedMessage[] = [];
    let bytes = 0;
    while (claimed.length < limit) {
      const row = this.#sql(NEXT).get({ namespace: this.#namespace, topic, now });
      if (row === undefined) break;
      bytes += row.data.length;
      if (bytes > MAX_CLAIM_BYTES && claimed.length > 0) break;
      if (row.lane !== null) this.#expire(row.lane, now);
      // Its last worker was not heard of again.
      const failures = row.state === 'claimed' ? row.failures + 1 : row.failures;
      this.#sql(
        `UPDATE messages SET state = 'claimed', token = ?, due_at = ?, failures = ? WHERE message = ?`,
      ).run(token, now + leaseMs, failures, row.message);
      if (row.lane !== null) this.#merge(row.lane, now);
      claimed.push({ ...headOf(row), failures });
    }
    return claimed;
  }

  /** When the next message is due that is not due yet, or a claim runs out. */
  nextDue(topic: Topic, now: number): number | undefined {
    return this.#sql(
      `SELECT * FROM messages WHERE namespace = ? AND topic = ? AND state <> 'dead' AND due_at > ?
       ORDER BY due_at LIMIT 1`,
    ).get(this.#namespace, topic, now)?.due_at;
  }

  extend(claims: readonly ClaimRef[], leaseMs: number, now: number): boolean[] {
    return claims.map((claim) => {
      const row = this.#claimed(claim, now);
      if (row === undefined) return false;
      this.#sql('UPDATE messages SET due_at = ? WHERE message = ?').run(now + leaseMs, row.message);
      return true;
    });
  }

  settle(claim: ClaimRef, settlement: Settlement, now: number): boolean {
    const row = this.#claimed(claim, now);
    if (row === undefined) return false;
    switch (settlement.kind) {
      case 'done':
        this.#delete(row.message);
        break;
      case 'later':
        this.#sql(
          `UPDATE messages SET state = 'waiting', token = NULL, due_at = ?, failures = ?
           WHERE message = ?`,
        ).run(now + settlement.delayMs, row.failures + (settlement.failed ? 1 : 0), row.message);
        break;
      case 'dead':
        this.#sql(
          `UPDATE messages SET state = 'dead', token = NULL, reason = ? WHERE message = ?`,
        ).run(settlement.reason, row.message);
        break;
    }
    return true;
  }

  list({ state, runId, after = '', limit }: MessageRange): MessageRecord[] {
    const conditions = [
      ...(state === undefined ? [] : ['state = @state']),
      ...(runId === undefined ? [] : ['run_id = @runId']),
    ];
    const where = conditions.map((one) => `AND ${one}`).join(' ');
    return this.#sql(
      `SELECT * FROM messages WHERE namespace = @namespace AND message_id > @after ${where}
       ORDER BY message_id LIMIT @limit`,
    )
      .all({ namespace: this.#namespace, state, runId, after, limit })
      .map((row) => ({
        ...headOf(row),
        state: row.state,
        failures: row.failures,
        dueAt: row.due_at,
        ...(row.reason !== null && { reason: row.reason }),
      }));
  }

  redrive(messageId: string | undefined, now: number): number {
    const only = messageId === undefined ? '' : 'AND message_id = @messageId';
    return this.#sql(
      `UPDATE messages SET state = 'waiting', failures = 0, due_at = @now, reason = NULL
       WHERE namespace = @namespace AND state = 'dead' ${only}`,
    ).run({ namespace: this.#namespace, messageId, now }).changes;
  }

  /** The secret of the namespace; the given one, when it has none. */
  secret(fresh: Uint8Array): Uint8Array {
    this.#secrets.insert.run(this.#namespace, fresh);
    const row = this.#secrets.read.get(this.#namespace);
    return new Uint8Array(row?.secret ?? fresh);
  }

  removeRuns(runIds: readonly string[]): void {
    this.#sql(
      `DELETE FROM messages WHERE message IN (
         SELECT messages.message FROM json_each(?) AS wanted
         CROSS JOIN messages ON messages.namespace = ? AND messages.run_id = wanted.value)`,
    ).run(JSON.stringify(runIds), this.#namespace);
  }

  clear(): void {
    this.#sql('DELETE FROM messages WHERE namespace = ?').run(this.#namespace);
    this.#sql('DELETE FROM secrets WHERE namespace = ?').run(this.#namespace);
  }

  /** What stands for a message that is to be added. */
  #standing(message: NewMessage): MessageRow | undefined {
    const { messageId, idempotencyKey, runId, onlyIfIdle } = message;
    const byId = 'SELECT * FROM messages WHERE namespace = ? AND message_id = ?';
    const byKey = `SELECT * FROM messages
      WHERE namespace = ? AND idempotency_key = ? AND state <> 'dead' LIMIT 1`;
    const byRun = `SELECT * FROM messages
      WHERE namespace = ? AND run_id = ? AND state <> 'dead' LIMIT 1`;
    return (
      this.#sql(byId).get(this.#namespace, messageId) ??
      (idempotencyKey === undefined
        ? undefined
        : this.#sql(byKey).get(this.#namespace, idempotencyKey)) ??
      (onlyIfIdle && runId !== undefined ? this.#sql(byRun).get(this.#namespace, runId) : undefined)
    );
  }

  /** The wake that is due and not claimed yet, where the message says no more: found first, not skipped by every claim. */
  #wakeFor(message: NewMessage, now: number): MessageRow | undefined {
    const { lane, mergeable, idempotencyKey, delayMs } = message;
    if (lane === undefined || !mergeable || idempotencyKey !== undefined || delayMs > 0)
      return undefined;
    return this.#sql(
      `SELECT * FROM messages WHERE namespace = ? AND lane = ? AND state = 'waiting'
       AND due_at <= ? AND mergeable = 1 AND failures = 0 ORDER BY due_at, message_id LIMIT 1`,
    ).get(this.#namespace, lane, now);
  }

  /** Claims of the lane that ran out: should the clock be set back, they must not be good again. */
  #expire(lane: string, now: number): void {
    this.#sql(
      `UPDATE messages SET state = 'waiting', token = NULL, failures = failures + 1
       WHERE namespace = ? AND lane = ? AND state = 'claimed' AND due_at <= ?`,
    ).run(this.#namespace, lane, now);
  }

  /** What comes with a message of the lane. */
  #merge(lane: string, now: number): void {
    this.#sql(
      `DELETE FROM messages WHERE namespace = ? AND lane = ? AND state = 'waiting'
       AND due_at <= ? AND mergeable = 1 AND failures = 0`,
    ).run(this.#namespace, lane, now);
  }

  /** The claim, unless it ran out. */
  #claimed({ messageId, token }: ClaimRef, now: number): MessageRow | undefined {
    return this.#sql(
      `SELECT * FROM messages
       WHERE namespace = ? AND message_id = ? AND state = 'claimed' AND token = ? AND due_at > ?`,
    ).get(this.#namespace, messageId, token, now);
  }

  #delete(message: number): void {
    this.#sql('DELETE FROM messages WHERE message = ?').run(message);
  }
}

const headOf = (row: MessageRow): MessageHead => ({
  messageId: row.message_id,
  queueName: row.queue_name,
  topic: row.topic,
  ...(row.run_id !== null && { runId: row.run_id }),
  ...(row.lane !== null && { lane: row.lane }),
  mergeable: row.mergeable === 1,
  ...(row.idempotency_key !== null && { idempotencyKey: row.idempotency_key }),
  data: row.data,
});
