import { randomBytes } from 'node:crypto';
import {
  type Claimed,
  type ClaimedMessage,
  type ClaimRef,
  type ClaimRequest,
  type Enqueued,
  MAX_CLAIM_BYTES,
  type MessageHead,
  type MessageRange,
  type MessageRecord,
  type MessageState,
  type MessageStore,
  type NewMessage,
  type Settlement,
} from '@world/contract';
import type { Connection } from './connection.js';
import type { Keys } from './keys.js';
import { pack, unpack } from './message-pack.js';
import type { Subscriptions } from './subscriptions.js';

/** What `lua/lib/messages.lua` keeps of a message; `list` shows it. */
interface StoredState {
  readonly state: MessageState;
  readonly failures: number;
  readonly due: number;
  readonly reason?: string;
}

/** Bounds what one script does. */
const REDRIVE_GROUP = 1000;

/** The queue of a namespace: one script for each call, all keys in one slot. */
export class RedisMessages implements MessageStore {
  readonly place?: string;
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #subscriptions: Subscriptions;

  constructor(parts: {
    readonly connection: Connection;
    readonly keys: Keys;
    readonly subscriptions: Subscriptions;
    readonly place?: string;
  }) {
    const { connection, keys, subscriptions, place } = parts;
    if (place !== undefined) this.place = place;
    this.#connection = connection;
    this.#keys = keys;
    this.#subscriptions = subscriptions;
  }

  /** Repeated when its answer is lost: an id is added once, unless it was done with in between. */
  async enqueue({ delayMs, onlyIfIdle, ...head }: NewMessage): Promise<Enqueued> {
    const { messageId, topic, mergeable, runId, lane, idempotencyKey } = head;
    const state = {
      failures: 0,
      topic,
      mergeable,
      size: head.data.length,
      ...(runId !== undefined && { run: runId }),
      ...(lane !== undefined && { lane }),
      ...(idempotencyKey !== undefined && { key: idempotencyKey }),
    };
    const reply = await this.#connection.call(async (session) => {
      await this.#connection.mark(session);
      const rest = [delayMs, onlyIfIdle ? 1 : 0, session.publishCommand];
      return session.run(
        'queueEnqueue',
        [this.#keys.queue],
        [messageId, pack(head), pack(state), ...rest],
      );
    });
    const [standing, added] = reply as readonly [Buffer, number];
    return { messageId: String(standing), added: added === 1 };
  }

  /** Not repeated: what a lost answer held is claimed until its lease ends. */
  async claim({ topic, limit, leaseMs, token }: ClaimRequest): Promise<Claimed> {
    const reply = await this.#connection.call(
      (session) =>
        session.run(
          'queueClaim',
          [this.#keys.queue],
          [topic, limit, leaseMs, token, MAX_CLAIM_BYTES],
        ),
      false,
    );
    const [claimed, nextInMs] = reply as readonly [readonly (Buffer | number)[], number | null];
    const messages: ClaimedMessage[] = [];
    for (let i = 0; i < claimed.length; i += 2) {
      messages.push({ ...headOf(claimed[i] as Buffer), failures: Number(claimed[i + 1]) });
    }
    return { messages, ...(nextInMs !== null && { nextInMs }) };
  }

  async extend(claims: readonly ClaimRef[], leaseMs: number): Promise<readonly boolean[]> {
    const refs = claims.flatMap(({ messageId, token }) => [messageId, token]);
    const good = await this.#connection.call((session) =>
      session.run('queueExtend', [this.#keys.queue], [leaseMs, ...refs]),
    );
    return (good as readonly number[]).map((one) => one === 1);
  }

  /** Once repeated after a lost answer, the claim may be gone, and tells no more than that. */
  async settle({ messageId, token }: ClaimRef, settlement: Settlement): Promise<boolean> {
    const good = await this.#connection.call((session) =>
      session.run(
        'queueSettle',
        [this.#keys.queue],
        [messageId, token, session.publishCommand, ...argumentsOf(settlement)],
      ),
    );
    return good === 1;
  }

  /** One script for each 1,000 messages that it has to look at. */
  async list({ state, runId, after = '', limit }: MessageRange): Promise<readonly MessageRecord[]> {
    const records: MessageRecord[] = [];
    for (let from = after; ; ) {
      const args = [state ?? '', runId ?? '', from, limit - records.length];
      const [found, goOn] = (await this.#connection.call((session) =>
        session.run('queueList', [this.#keys.queue], args),
      )) as readonly [readonly Buffer[], Buffer | null];
      records.push(...recordsOf(found));
      if (goOn === null) return records;
      from = String(goOn);
    }
  }

  async redrive(messageId?: string): Promise<number> {
    let total = 0;
    for (;;) {
      const count = await this.#connection.call((session) =>
        session.run(
          'queueRedrive',
          [this.#keys.queue],
          [session.publishCommand, REDRIVE_GROUP, messageId ?? ''],
        ),
      );
      total += Number(count);
      if (messageId !== undefined || Number(count) < REDRIVE_GROUP) return total;
    }
  }

  async secret(): Promise<Uint8Array> {
    const secret = await this.#connection.call(async (session) => {
      await this.#connection.mark(session);
      await session.client.set(this.#keys.secret, randomBytes(32), 'NX');
      return session.client.getBuffer(this.#keys.secret);
    });
    // It went with its namespace between the two: an empty one would sign for everybody.
    return secret === null ? this.secret() : new Uint8Array(secret);
  }

  subscribe(onDue: () => void): () => void {
    return this.#subscriptions.add(this.#keys.queue, onDue);
  }

  /** Removes everything at once, but for remains that nothing leads to any more; the namespace's removal takes these. */
  async clear(): Promise<void> {
    const { queue } = this.#keys;
    const parts = ['heads', 'states', 'ids', 'dead', 'due:workflow', 'due:step', 'lanes', 'keys'];
    const keys = parts.map((part) => `${queue}:${part}`);
    await this.#connection.call(({ client }) => client.unlink(...keys));
  }

  /** Removes what is about these runs. */
  async removeRuns(runIds: readonly string[]): Promise<void> {
    if (runIds.length === 0) return;
    await this.#connection.call((session) =>
      session.run('queueRemove', [this.#keys.queue], [session.publishCommand, ...runIds]),
    );
  }
}

/** Its data are copied: they would be a slice of what came in. */
function headOf(packed: Buffer): MessageHead {
  const head = unpack(packed) as MessageHead;
  return { ...head, data: new Uint8Array(head.data) };
}

/** Pairs of a head and a state. */
function recordsOf(pairs: readonly Buffer[]): readonly MessageRecord[] {
  const records: MessageRecord[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const stored = unpack(pairs[i + 1] as Buffer) as StoredState;
    const { state, failures, due: dueAt, reason } = stored;
    records.push({
      ...headOf(pairs[i] as Buffer),
      state,
      failures,
      dueAt,
      ...(reason !== undefined && { reason }),
    });
  }
  return records;
}

function argumentsOf(settlement: Settlement): readonly (string | number)[] {
  switch (settlement.kind) {
    case 'done':
      return ['done'];
    case 'later':
      return ['later', settlement.delayMs, settlement.failed ? 1 : 0];
    case 'dead':
      return ['dead', settlement.reason];
  }
}
