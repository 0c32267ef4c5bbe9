import assert from 'node:assert/strict';
import type { CreateEventParams } from '../create-event-params.js';
import { FenceConflictError, WorldError } from '../errors.js';
import type { CreateEventRequest, Event } from '../events.js';
import type { World } from '../world.js';
import { expectSoundLog } from './expect.js';
import { expectFold } from './expect-fold.js';
import { eventOf, startedRun, uniqueId } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** One call of a concurrent history. `begun` and `ended` are instants of one logical clock. */
interface Call {
  readonly begun: number;
  readonly ended: number;
  readonly fence: string | undefined;
  /** What was acknowledged. */
  readonly event?: Event;
  /** What was read. */
  readonly log?: readonly Event[];
  readonly refusal?: WorldError;
}

/** Records calls with the instants between which they took effect. */
class History {
  readonly calls: Call[] = [];
  #now = 0;

  async append(world: World, runId: string, name: string, fence?: string): Promise<Call> {
    const params: CreateEventParams = fence === undefined ? {} : { lastKnownEventId: fence };
    return this.#record(fence, async () => ({
      event: eventOf(await world.events.create(runId, request.waitCreated(name), params)),
    }));
  }

  async read(world: World, runId: string): Promise<Call> {
    return this.#record(undefined, async () => ({
      log: (await world.events.list({ runId })).data,
    }));
  }

  async #record(
    fence: string | undefined,
    call: () => Promise<Pick<Call, 'event' | 'log'>>,
  ): Promise<Call> {
    this.#now += 1;
    const begun = this.#now;
    const done = await call().catch((error: unknown) => {
      if (WorldError.is(error)) return { refusal: error };
      throw error;
    });
    this.#now += 1;
    const recorded = { begun, ended: this.#now, fence, ...done };
    this.calls.push(recorded);
    return recorded;
  }
}

/** A writer that fences on the newest event that it knows of, or not, and reads now and then. */
async function write(
  history: History,
  world: World,
  runId: string,
  writer: { readonly name: string; readonly count: number; readonly tail: string },
): Promise<void> {
  let fence = writer.tail;
  for (let i = 0; i < writer.count; i += 1) {
    const fenced = i % 3 !== 0;
    const name = `${writer.name}-${i}`;
    const { event, refusal } = await history.append(world, runId, name, fenced ? fence : undefined);
    if (event !== undefined) fence = event.eventId;
    if (FenceConflictError.is(refusal)) fence = refusal.tailEventId ?? fence;
    if (i % 5 === 0) await history.read(world, runId);
  }
}

/** Asserts that one order, the log's, explains every answer that the history holds. */
function expectLinearizable(calls: readonly Call[], log: readonly Event[], given: number): void {
  const appends = calls.filter((call) => call.event !== undefined);
  const committedBy = new Map(appends.map((call) => [call.event?.eventId, call]));
  assert.equal(committedBy.size, appends.length, 'no event was acknowledged twice');
  assert.equal(log.length, given + appends.length, 'every acknowledged event is in the log, once');
  const seqOf = new Map(log.map(({ eventId, seq }) => [eventId, seq]));
  for (const { event, fence } of appends) {
    assert.deepEqual(log[(event?.seq ?? 0) - 1], event, 'at the position that was acknowledged');
    if (fence === undefined) continue;
    assert.equal(event?.seq, (seqOf.get(fence) ?? 0) + 1, 'right behind its fence');
  }
  let latestBegun = 0;
  for (const { eventId } of log) {
    const call = committedBy.get(eventId);
    if (call === undefined) continue;
    assert.ok(call.ended > latestBegun, 'what had ended before another began stands before it');
    latestBegun = Math.max(latestBegun, call.begun);
  }
  for (const call of calls) {
    if (call.refusal !== undefined) expectStale(call, log, committedBy);
    if (call.log !== undefined) expectRecent(call, call.log, log, appends);
  }
}

/** A refused fence had a successor, which may have been committed before the refusal was given. */
function expectStale(
  { refusal, fence, ended }: Call,
  log: readonly Event[],
  committedBy: ReadonlyMap<string | undefined, Call>,
): void {
  assert.ok(FenceConflictError.is(refusal), `only fences are refused: ${refusal?.message}`);
  const successor = log[log.findIndex(({ eventId }) => eventId === fence) + 1];
  assert.ok(successor !== undefined, 'a fence on the tail is never refused');
  const cause = committedBy.get(successor.eventId);
  assert.ok(cause === undefined || cause.begun < ended, 'the fence was stale when it was refused');
  const tail = log.findIndex(({ eventId }) => eventId === refusal.tailEventId);
  assert.ok(tail >= successor.seq - 1, 'the tail that it names is newer than the fence');
}

/** A read is a prefix of the log, with everything that was acknowledged before it began. */
function expectRecent(
  { begun, ended }: Call,
  read: readonly Event[],
  log: readonly Event[],
  appends: readonly Call[],
): void {
  assert.deepEqual(read, log.slice(0, read.length), 'a read is a prefix');
  const held = new Set(read.map(({ eventId }) => eventId));
  for (const append of appends) {
    const has = held.has(append.event?.eventId ?? '');
    if (append.ended < begun) assert.ok(has, 'a read has what was acknowledged before');
    if (append.begun > ended) assert.ok(!has, 'a read has nothing that began after it');
  }
}

/** Everything that may happen to one step, hook and wait, as concurrent writers would send it. */
function scramble(hookId: string, token: string) {
  return [
    request.stepCreated('step-a'),
    request.stepStarted('step-a'),
    request.stepRetrying('step-a'),
    request.stepStarted('step-a'),
    request.stepCompleted('step-a'),
    request.stepFailed('step-a'),
    request.hookCreated(hookId, token),
    request.hookCreated(`${hookId}-2`, token),
    request.hookReceived(hookId),
    request.hookDisposed(hookId),
    request.waitCreated('wait-a'),
    request.waitCompleted('wait-a'),
  ];
}

/** Concurrent histories of two instances: one order explains them, and it is the log's. */
export const historyTests: readonly ConformanceTest[] = [
  {
    id: 'L1-linearizable',
    title:
      'L1 L2 F3 EN4 a concurrent history of two instances is explained by the order of its log',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await startedRun(world);
      const history = new History();
      const writers = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) =>
        write(history, i % 2 ? other : world, runId, { name, count: 25, tail }),
      );
      await Promise.all(writers);
      const log = await expectSoundLog(world, runId);
      expectLinearizable(history.calls, log, 2);
      assert.ok(history.calls.some(({ refusal }) => refusal !== undefined));
    },
  },
  {
    id: 'L4-fold-of-log',
    title: 'L4 EN1 EN2 EN3 EN4 after a scramble of two instances entities are the fold of the log',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      for (const end of [request.runCompleted(), request.runFailed(), request.runCancelled()]) {
        const { runId } = await startedRun(world);
        const [hookId, token] = [uniqueId('hook'), uniqueId('token')];
        const settle = async (requests: readonly CreateEventRequest[]) => {
          const calls = requests.flatMap((one) =>
            [world, other].map((each) => each.events.create(runId, one)),
          );
          for (const one of await Promise.allSettled(calls)) {
            if (one.status === 'rejected') assert.ok(WorldError.is(one.reason), `${one.reason}`);
          }
        };
        await settle(scramble(hookId, token));
        await expectFold(world, runId);
        await settle([...scramble(`${hookId}-3`, token), end]);
        await expectFold(other, runId);
        const types = (await expectSoundLog(world, runId)).map(({ eventType }) => eventType);
        for (const once of ['step_created', 'wait_created', 'wait_completed', end.eventType]) {
          assert.equal(types.filter((type) => type === once).length, 1, once);
        }
      }
    },
  },
];
