import {
  type ClaimRef,
  createRunId,
  type MessageRecord,
  type NewMessage,
  type Settlement,
  type Topic,
  type World,
} from '@world/contract';
import { startRedis } from '@world/redis-servers';
import { afterAll, expect, test } from 'vitest';
import { type ClockedWorlds, openClockedWorlds } from './fake-clock.js';
import { printedSeed, seededRandom } from './seeded-random.js';

/** Random calls on messages do in Redis what they do in memory, at any time. */

const server = await startRedis();
afterAll(() => server.stop());

const SEQUENCES = 200;
const CALLS = 60;
const LONG_MS = 1_000_000;
const FAR_FUTURE = new Date(4_000_000_000_000);

const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };

/** What a sequence of calls has made so far, and the choices of its seed. */
class Sequence {
  readonly #worlds: ClockedWorlds;
  readonly #random: () => number;
  readonly #runIds = [createRunId(), createRunId()];
  readonly #claims: ClaimRef[] = [{ messageId: 'msg_none', token: 'none' }];
  #made = 0;
  /** What was called, for the message of a failure. */
  readonly calls: string[] = [];

  constructor(worlds: ClockedWorlds, seed: number) {
    this.#worlds = worlds;
    this.#random = seededRandom(seed);
  }

  async begin(): Promise<void> {
    for (const runId of this.#runIds) await this.#startRun(runId);
  }

  async call(): Promise<void> {
    await this.#one(
      () => this.#enqueue(),
      () => this.#enqueue(),
      () => this.#enqueue(),
      () => this.#claim(),
      () => this.#claim(),
      () => this.#settle(),
      () => this.#settle(),
      () => this.#extend(),
      () => this.#advance(),
      () => this.#advance(),
      () => this.#redrive(),
      () => this.#removeRun(),
    )();
    await this.compareLists();
  }

  /** Everything that lists tell, and that their filters and pages tell the same. */
  async compareLists(): Promise<void> {
    const all = await this.#both((world) => world.messages.list({ limit: 1000 }));
    const now = this.#worlds.now();
    const [redis, memory] = all.map((records) => records.map((one) => seenAt(now, one)));
    expect(redis, this.calls.join('\n')).toEqual(memory);
    const [records] = all;
    const state = this.#one('waiting', 'claimed', 'dead' as const);
    const runId = this.#one(...this.#runIds);
    const after = this.#one(...records.map(({ messageId }) => messageId), 'msg_');
    const limit = this.#one(1, 3, 1000);
    const expected = records.filter((one) => one.state === state && one.messageId > after);
    const { messages } = this.#worlds.redis;
    expect(await messages.list({ state, after, limit })).toEqual(expected.slice(0, limit));
    expect(await messages.list({ state, after, runId, limit })).toEqual(
      expected.filter((one) => one.runId === runId).slice(0, limit),
    );
  }

  #one<T>(...of: readonly [T, ...T[]]): T;
  #one<T>(...of: readonly T[]): T;
  #one<T>(...of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)] as T;
  }

  async #both<T>(call: (world: World) => Promise<T>): Promise<[T, T]> {
    return [await call(this.#worlds.redis), await call(this.#worlds.memory)];
  }

  /** Calls both, which have to answer the same. */
  async #same<T>(what: unknown, call: (world: World) => Promise<T>): Promise<T> {
    this.calls.push(`${this.#worlds.now()} ${JSON.stringify(what)}`);
    const [redis, memory] = await this.#both(call);
    this.calls.push(`  ${JSON.stringify(redis)}`);
    expect(redis, this.calls.join('\n')).toEqual(memory);
    return redis;
  }

  async #startRun(runId: string): Promise<void> {
    const request = { eventType: 'run_started', eventData } as const;
    await this.#both((world) => world.events.create(runId, request));
  }

  async #enqueue(): Promise<void> {
    this.#made += 1;
    const old = Math.ceil(this.#random() * this.#made);
    const number = this.#one(old, ...Array<number>(9).fill(this.#made));
    const runId = this.#one(undefined, ...this.#runIds);
    const lane = this.#one(undefined, 'lane', 'lane', 'other');
    const idempotencyKey = this.#one(undefined, undefined, undefined, 'key', 'other');
    const message: NewMessage = {
      messageId: `msg_${String(number).padStart(4, '0')}`,
      queueName: '__wkf_step_a',
      topic: this.#topic(),
      mergeable: this.#one(true, false),
      ...(runId !== undefined && { runId }),
      ...(lane !== undefined && { lane }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      data: Uint8Array.of(number),
      delayMs: this.#one(0, 0, 0, 5, 50, LONG_MS),
      onlyIfIdle: this.#one(true, false, false, false),
    };
    await this.#same(message, async (world) => {
      const enqueued = await world.messages.enqueue(message);
      // Which of several outstanding ones stands for it is not said.
      return message.onlyIfIdle ? enqueued.added : enqueued;
    });
  }

  async #claim(): Promise<void> {
    const request = {
      topic: this.#topic(),
      limit: this.#one(1, 1, 2, 3, 1000),
      leaseMs: this.#one(5, 20, LONG_MS),
      token: `token-${this.calls.length}`,
    };
    const nexts: (number | undefined)[] = [];
    const claimed = await this.#same(request, async (world) => {
      const { messages, nextInMs } = await world.messages.claim(request);
      nexts.push(nextInMs);
      return messages;
    });
    // 0: more is due than was asked for; whoever does not ask for it needs to know when other things are.
    const [redis, memory] = nexts;
    if (memory !== 0) expect(redis, this.calls.join('\n')).toBe(memory);
    for (const { messageId } of claimed) this.#claims.push({ messageId, token: request.token });
  }

  async #extend(): Promise<void> {
    const claims = [0, 1, 2].map(() => this.#anyClaim());
    const leaseMs = this.#one(5, 20, LONG_MS);
    await this.#same({ extend: claims, leaseMs }, (world) =>
      world.messages.extend(claims, leaseMs),
    );
  }

  async #settle(): Promise<void> {
    const claim = this.#anyClaim();
    const settlement = this.#one<Settlement>(
      { kind: 'done' },
      { kind: 'done' },
      { kind: 'later', delayMs: this.#one(0, 0, 5, 50), failed: this.#one(true, false) },
      { kind: 'dead', reason: 'HTTP 500' },
    );
    await this.#same({ settle: claim, settlement }, (world) =>
      world.messages.settle(claim, settlement),
    );
  }

  async #redrive(): Promise<void> {
    const messageId = this.#one(undefined, this.#anyClaim().messageId);
    await this.#same({ redrive: messageId }, (world) => world.messages.redrive(messageId));
  }

  async #removeRun(): Promise<void> {
    const runId = this.#one(...this.#runIds);
    await this.#both((world) => world.events.create(runId, { eventType: 'run_cancelled' }));
    await this.#same({ prune: runId }, (world) => world.prune({ olderThan: FAR_FUTURE }));
    await this.#startRun(runId);
  }

  async #advance(): Promise<void> {
    await this.#worlds.advance(this.#one(1, 5, 5, 20, 50));
  }

  #topic(): Topic {
    return this.#one('workflow', 'workflow', 'step');
  }

  /** Mostly one of the last ones, which may still be good. */
  #anyClaim(): ClaimRef {
    return this.#one(...this.#claims, ...this.#claims.slice(-3), ...this.#claims.slice(-3));
  }
}

/** A claim that ran out has failed, and waits: whether that was noted already is not said. */
function seenAt(now: number, record: MessageRecord): MessageRecord {
  const ranOut = record.state === 'claimed' && record.dueAt <= now;
  return ranOut ? { ...record, state: 'waiting', failures: record.failures + 1 } : record;
}

async function runSequence(seed: number): Promise<void> {
  const sequence = new Sequence(await openClockedWorlds(server.url), seed);
  await sequence.begin();
  for (let i = 0; i < CALLS; i += 1) await sequence.call();
}

test.each([309_007_350])('the calls of seed %i, which did not once', runSequence);

test(`${SEQUENCES} random sequences of ${CALLS} calls on messages do in Redis what they do in memory`, async () => {
  const first = printedSeed('random calls on messages');
  for (let i = 0; i < SEQUENCES; i += 1) {
    await runSequence(first + i).catch((cause: unknown) => {
      throw new Error(`REDIS_TEST_SEED=${first + i} fails with its first sequence`, { cause });
    });
  }
}, 300_000);
