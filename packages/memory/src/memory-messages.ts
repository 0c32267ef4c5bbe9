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
  type Topic,
} from '@world/contract';
import TinyQueue from 'tinyqueue';

/** A message, and where it stands. */
interface Held {
  readonly head: MessageHead;
  state: MessageState;
  failures: number;
  /** When it is due; for a claimed one, when its claim runs out. */
  dueAt: number;
  token?: string;
  reason?: string;
  /** Its place among those that become due. Others are left over, and passed over. */
  turn?: Turn;
}

interface Turn {
  readonly at: number;
  readonly held: Held;
}

/** Messages of which one is delivered at a time. */
interface Lane {
  readonly members: Set<Held>;
  /** Due, but not before the claimed one is settled. */
  readonly blocked: Set<Held>;
  claimed?: Held;
}

const isDue = ({ state, dueAt }: Held, now: number): boolean => state === 'waiting' && dueAt <= now;

/** It is due, says no more than that its run should be looked at, and has never failed. */
const isWake = (held: Held, now: number): boolean =>
  held.head.mergeable && held.failures === 0 && isDue(held, now);

const byDueTime = (a: Held, b: Held): number =>
  a.dueAt - b.dueAt || (a.head.messageId < b.head.messageId ? -1 : 1);

const inTurn = (a: Turn, b: Turn): number =>
  a.at - b.at || (a.held.head.messageId < b.held.head.messageId ? -1 : 1);

const TOPICS: readonly Topic[] = ['workflow', 'step'];

/** As many turns are never too many. */
const MANY_TURNS = 64;

/** The messages of one namespace, shared by all instances that open it in this process. Each call is synchronous at heart. */
export class MemoryMessages implements MessageStore {
  readonly place?: string;
  readonly #clock: () => number;
  readonly #all = new Map<string, Held>();
  readonly #turns: Record<Topic, TinyQueue<Turn>> = {
    workflow: new TinyQueue<Turn>([], inTurn),
    step: new TinyQueue<Turn>([], inTurn),
  };
  readonly #lanes = new Map<string, Lane>();
  readonly #keys = new Map<string, Held>();
  /** Outstanding messages by run. */
  readonly #ofRun = new Map<string, Set<Held>>();
  readonly #listeners = new Set<() => void>();
  #secret: Uint8Array | undefined;

  constructor(clock: () => number, place?: string) {
    this.#clock = clock;
    if (place !== undefined) this.place = place;
  }

  async enqueue({ delayMs, onlyIfIdle, ...head }: NewMessage): Promise<Enqueued> {
    const { messageId, idempotencyKey, runId } = head;
    const known = this.#all.get(messageId) ?? this.#keys.get(idempotencyKey ?? '');
    const [outstanding] = onlyIfIdle ? (this.#ofRun.get(runId ?? '') ?? []) : [];
    const standing = known ?? outstanding ?? this.#wakeFor(head, delayMs);
    if (standing !== undefined) return { messageId: standing.head.messageId, added: false };
    const dueAt = this.#clock() + delayMs;
    const held: Held = { head, state: 'waiting', failures: 0, dueAt };
    this.#all.set(messageId, held);
    this.#admit(held);
    this.#notify();
    return { messageId, added: true };
  }

  async claim({ topic, limit, leaseMs, token }: ClaimRequest): Promise<Claimed> {
    const now = this.#clock();
    const messages: ClaimedMessage[] = [];
    let bytes = 0;
    while (messages.length < limit) {
      const held = this.#nextDue(topic, now);
      if (held === undefined) break;
      const lane = this.#laneOf(held);
      const other = lane?.claimed === held ? undefined : lane?.claimed;
      if (lane !== undefined && other !== undefined && other.dueAt > now) {
        lane.blocked.add(held);
        continue;
      }
      bytes += held.head.data.length;
      if (bytes > MAX_CLAIM_BYTES && messages.length > 0) {
        this.#await(held, held.dueAt);
        break;
      }
      // Should the clock be set back, its claim must not be good again.
      if (other !== undefined) this.#expire(other);
      if (held.state === 'claimed') this.#expire(held);
      if (lane !== undefined) {
        lane.claimed = held;
        this.#merge(lane, now);
      }
      Object.assign(held, { state: 'claimed', token });
      this.#await(held, now + leaseMs);
      messages.push({ ...held.head, failures: held.failures });
    }
    const next = this.#peek(topic);
    return { messages, ...(next !== undefined && { nextInMs: Math.max(0, next.at - now) }) };
  }

  async extend(claims: readonly ClaimRef[], leaseMs: number): Promise<readonly boolean[]> {
    const now = this.#clock();
    return claims.map((claim) => {
      const held = this.#claimed(claim, now);
      if (held !== undefined) this.#await(held, now + leaseMs);
      return held !== undefined;
    });
  }

  async settle(claim: ClaimRef, settlement: Settlement): Promise<boolean> {
    const now = this.#clock();
    const held = this.#claimed(claim, now);
    if (held === undefined) return false;
    this.#unclaim(held);
    switch (settlement.kind) {
      case 'done':
        this.#remove(held);
        break;
      case 'later':
        held.state = 'waiting';
        if (settlement.failed) held.failures += 1;
        this.#await(held, now + settlement.delayMs);
        break;
      case 'dead':
        this.#dismiss(held);
        Object.assign(held, { state: 'dead', reason: settlement.reason });
        break;
    }
    this.#notify();
    return true;
  }

  async list({ state, runId, after, limit }: MessageRange): Promise<readonly MessageRecord[]> {
    return [...this.#all.values()]
      .filter((held) => state === undefined || held.state === state)
      .filter(({ head }) => runId === undefined || head.runId === runId)
      .filter(({ head }) => after === undefined || head.messageId > after)
      .sort((a, b) => (a.head.messageId < b.head.messageId ? -1 : 1))
      .slice(0, limit)
      .map(({ head, state: now, failures, dueAt, reason }) => ({
        ...head,
        state: now,
        failures,
        dueAt,
        ...(reason !== undefined && { reason }),
      }));
  }

  async redrive(messageId?: string): Promise<number> {
    const dead = [...this.#all.values()]
      .filter(({ state }) => state === 'dead')
      .filter(({ head }) => messageId === undefined || head.messageId === messageId);
    for (const held of dead) {
      Object.assign(held, { state: 'waiting', failures: 0, dueAt: this.#clock() });
      delete held.reason;
      this.#admit(held);
    }
    if (dead.length > 0) this.#notify();
    return dead.length;
  }

  async secret(): Promise<Uint8Array> {
    this.#secret ??= crypto.getRandomValues(new Uint8Array(32));
    return this.#secret;
  }

  subscribe(onDue: () => void): () => void {
    // A listener may be given twice.
    const listener = (): void => onDue();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Removes what is about these runs. */
  removeRuns(runIds: readonly string[]): void {
    const removed: ReadonlySet<string | undefined> = new Set(runIds);
    for (const held of [...this.#all.values()]) {
      if (removed.has(held.head.runId)) this.#remove(held);
    }
  }

  clear(): void {
    this.#lanes.clear();
    for (const held of [...this.#all.values()]) this.#remove(held);
    for (const topic of TOPICS) this.#tidy(topic);
    this.#secret = undefined;
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The claim, unless it ran out. */
  #claimed({ messageId, token }: ClaimRef, now: number): Held | undefined {
    const held = this.#all.get(messageId);
    const isGood = held?.state === 'claimed' && held.token === token && held.dueAt > now;
    return isGood ? held : undefined;
  }

  /** Makes a message outstanding. A key that another message holds by now stays there. */
  #admit(held: Held): void {
    const { idempotencyKey, runId, lane } = held.head;
    if (idempotencyKey !== undefined && !this.#keys.has(idempotencyKey)) {
      this.#keys.set(idempotencyKey, held);
    }
    if (runId !== undefined) {
      const ofRun = this.#ofRun.get(runId) ?? new Set();
      this.#ofRun.set(runId, ofRun.add(held));
    }
    if (lane !== undefined) {
      const members = this.#lanes.get(lane) ?? { members: new Set(), blocked: new Set() };
      members.members.add(held);
      this.#lanes.set(lane, members);
    }
    this.#await(held, held.dueAt);
  }

  /** Makes it not outstanding any more. */
  #dismiss(held: Held): void {
    const { idempotencyKey, runId, lane } = held.head;
    delete held.turn;
    if (idempotencyKey !== undefined && this.#keys.get(idempotencyKey) === held) {
      this.#keys.delete(idempotencyKey);
    }
    const ofRun = this.#ofRun.get(runId ?? '');
    ofRun?.delete(held);
    if (ofRun?.size === 0) this.#ofRun.delete(runId ?? '');
    const { members, blocked } = this.#laneOf(held) ?? {};
    members?.delete(held);
    blocked?.delete(held);
    if (members?.size === 0) this.#lanes.delete(lane ?? '');
  }

  #remove(held: Held): void {
    this.#unclaim(held);
    this.#dismiss(held);
    this.#all.delete(held.head.messageId);
  }

  /** Frees its lane, of which the next one of either topic can be claimed then. */
  #unclaim(held: Held): void {
    delete held.token;
    const lane = this.#laneOf(held);
    if (lane === undefined || (lane.claimed ?? held) !== held) return;
    delete lane.claimed;
    const now = this.#clock();
    const others = [...lane.members].filter((one) => one !== held && isDue(one, now));
    others.sort(byDueTime);
    for (const topic of TOPICS) {
      // One is enough: whoever frees the lane again lets the next one.
      const next = others.find(({ head }) => head.topic === topic);
      if (next !== undefined && lane.blocked.delete(next)) this.#await(next, next.dueAt);
    }
  }

  /** Its worker was not heard of again. */
  #expire(held: Held): void {
    held.state = 'waiting';
    held.failures += 1;
    delete held.token;
  }

  #merge(lane: Lane, now: number): void {
    for (const one of [...lane.members]) {
      if (one !== lane.claimed && isWake(one, now)) this.#remove(one);
    }
  }

  /** What stands for a mere wake: one that waits in its lane. */
  #wakeFor(head: MessageHead, delayMs: number): Held | undefined {
    const { lane, mergeable, idempotencyKey } = head;
    if (lane === undefined || !mergeable || idempotencyKey !== undefined || delayMs > 0) return;
    const now = this.#clock();
    const wakes = [...(this.#lanes.get(lane)?.members ?? [])].filter((one) => isWake(one, now));
    return wakes.sort(byDueTime)[0];
  }

  #laneOf({ head }: Held): Lane | undefined {
    return head.lane === undefined ? undefined : this.#lanes.get(head.lane);
  }

  #await(held: Held, at: number): void {
    held.dueAt = at;
    held.turn = { at, held };
    this.#turns[held.head.topic].push(held.turn);
    this.#tidy(held.head.topic);
  }

  /** Turns that stand no more would hold their messages until they are due. */
  #tidy(topic: Topic): void {
    const { length, data } = this.#turns[topic];
    if (length < 2 * this.#all.size + MANY_TURNS) return;
    this.#turns[topic] = new TinyQueue(
      data.filter((turn) => turn.held.turn === turn),
      inTurn,
    );
  }

  /** The next turn that still stands. */
  #peek(topic: Topic): Turn | undefined {
    const turns = this.#turns[topic];
    for (let turn = turns.peek(); turn !== undefined; turn = turns.peek()) {
      if (turn.held.turn === turn) return turn;
      turns.pop();
    }
    return undefined;
  }

  #nextDue(topic: Topic, now: number): Held | undefined {
    const turn = this.#peek(topic);
    if (turn === undefined || turn.at > now) return undefined;
    this.#turns[topic].pop();
    delete turn.held.turn;
    return turn.held;
  }
}
