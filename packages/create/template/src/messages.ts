import type {
  Claimed,
  ClaimRef,
  ClaimRequest,
  Enqueued,
  MessageRange,
  MessageRecord,
  MessageStore,
  NewMessage,
  Settlement,
} from '@world/contract';
import { claimDue, isWake } from './claim-due.js';
import { MESSAGES, type Message, type Records } from './records.js';
import type { Storage } from './storage.js';

/** The message, with no claim on it. */
function unclaimed({ token: _, ...message }: Message, changes: Partial<Message>): Message {
  return { ...message, state: 'waiting', ...changes };
}

/** The queue of a namespace. Each call looks through all messages; a storage with indexes need not. */
export class Messages implements MessageStore {
  readonly place: string;
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.place = storage.place;
  }

  async enqueue({ delayMs, onlyIfIdle, ...head }: NewMessage): Promise<Enqueued> {
    const { messageId, idempotencyKey, runId, lane, mergeable } = head;
    return this.#storage.commit<Enqueued>((records) => {
      const now = Date.now();
      const isMereWake = mergeable && idempotencyKey === undefined && delayMs === 0;
      const standsForIt = (one: Message): boolean =>
        (idempotencyKey !== undefined && one.idempotencyKey === idempotencyKey) ||
        (onlyIfIdle && one.runId === runId) ||
        (isMereWake && lane !== undefined && one.lane === lane && isWake(one, now));
      const outstanding = [...records.messages.values()].filter(({ state }) => state !== 'dead');
      const standing = records.messages.get(messageId) ?? outstanding.find(standsForIt);
      if (standing !== undefined) {
        return { answer: { messageId: standing.messageId, added: false } };
      }
      const added: Message = { ...head, state: 'waiting', failures: 0, dueAt: now + delayMs };
      return { answer: { messageId, added: true }, change: { messages: [added] } };
    });
  }

  async claim(request: ClaimRequest): Promise<Claimed> {
    return this.#storage.commit((records) => claimDue(records, request, Date.now()));
  }

  async extend(claims: readonly ClaimRef[], leaseMs: number): Promise<readonly boolean[]> {
    return this.#storage.commit((records) => {
      const now = Date.now();
      const held = claims.map((claim) => claimedBy(records, claim, now));
      const messages = held.flatMap((one) => (one ? { ...one, dueAt: now + leaseMs } : []));
      return {
        answer: held.map((one) => one !== undefined),
        change: messages.length > 0 ? { messages } : undefined,
      };
    });
  }

  async settle(claim: ClaimRef, settlement: Settlement): Promise<boolean> {
    return this.#storage.commit((records) => {
      const now = Date.now();
      const held = claimedBy(records, claim, now);
      if (held === undefined) return { answer: false };
      if (settlement.kind === 'done') {
        return { answer: true, change: { settled: [held.messageId] } };
      }
      const after =
        settlement.kind === 'dead'
          ? unclaimed(held, { state: 'dead', reason: settlement.reason })
          : unclaimed(held, {
              failures: held.failures + (settlement.failed ? 1 : 0),
              dueAt: now + settlement.delayMs,
            });
      return { answer: true, change: { messages: [after] } };
    });
  }

  async list({ state, runId, after, limit }: MessageRange): Promise<readonly MessageRecord[]> {
    return this.#storage.read((records) =>
      [...records.messages.values()]
        .filter((one) => state === undefined || one.state === state)
        .filter((one) => runId === undefined || one.runId === runId)
        .filter((one) => after === undefined || one.messageId > after)
        .sort((a, b) => (a.messageId < b.messageId ? -1 : 1))
        .slice(0, limit)
        .map(({ token: _, ...message }) => message),
    );
  }

  async redrive(messageId?: string): Promise<number> {
    return this.#storage.commit((records) => {
      const messages = [...records.messages.values()]
        .filter(({ state }) => state === 'dead')
        .filter((one) => messageId === undefined || one.messageId === messageId)
        .map(({ reason: _, ...dead }) => unclaimed(dead, { failures: 0, dueAt: Date.now() }));
      return { answer: messages.length, change: messages.length > 0 ? { messages } : undefined };
    });
  }

  async secret(): Promise<Uint8Array> {
    return this.#storage.commit(({ secret }) => {
      if (secret !== undefined) return { answer: secret };
      const made = crypto.getRandomValues(new Uint8Array(32));
      return { answer: made, change: { secret: made } };
    });
  }

  subscribe(onDue: () => void): () => void {
    return this.#storage.subscribe(MESSAGES, onDue);
  }
}

/** The message, if the claim is still good. */
function claimedBy(records: Records, claim: ClaimRef, now: number): Message | undefined {
  const message = records.messages.get(claim.messageId);
  const isGood =
    message?.state === 'claimed' && message.token === claim.token && message.dueAt > now;
  return isGood ? message : undefined;
}
