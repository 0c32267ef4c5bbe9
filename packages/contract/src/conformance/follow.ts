import assert from 'node:assert/strict';
import { WorldError } from '../errors.js';
import type { Event } from '../events.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { expectInvalid, expectRefused, expectSoundLog, readLog } from './expect.js';
import { appendAll, startedRun, uniqueId } from './given.js';
import { request, waits } from './requests.js';
import type { ConformanceTest } from './types.js';
import { within } from './within.js';

/** Takes exactly `count` events from a follower. */
function take(follower: AsyncIterator<Event>, count: number): Promise<Event[]> {
  const events: Event[] = [];
  const read = async (): Promise<Event[]> => {
    while (events.length < count) {
      const next = await follower.next();
      assert.ok(!next.done, `the follower ended after ${events.length} of ${count} events`);
      events.push(next.value);
    }
    return events;
  };
  return within(read(), () => `${events.length} of ${count} events`, 5000);
}

/** A follower's end: nothing more, or `WORLD_CLOSED`. */
async function expectEnd(next: Promise<IteratorResult<Event>>): Promise<void> {
  try {
    assert.equal((await next).done, true, 'the follower ends');
  } catch (error) {
    assert.ok(WorldError.is(error, 'WORLD_CLOSED'), String(error));
  }
}

const follow = (world: World, runId: string, cursor?: string): AsyncIterator<Event> =>
  world.events.follow({ runId, cursor });

/** Followers: committed events in order, each once, whoever writes them. */
export const followTests: readonly ConformanceTest[] = [
  {
    id: 'L2-follow',
    title: 'L2 LO1 a follower gets what was there and what comes, from any instance, each once',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      await appendAll(world, runId, waits(3));
      const followers = [follow(world, runId), follow(other, runId)];
      for (const follower of followers) {
        assert.deepEqual(await take(follower, 5), await readLog(world, runId));
      }
      for (const writer of [world, other, world]) {
        const pending = followers.map((follower) => take(follower, 4));
        const written = await appendAll(writer, runId, waits(4, uniqueId('wait')));
        for (const events of await Promise.all(pending)) assert.deepEqual(events, written);
      }
      for (const follower of followers) await follower.return?.();
    },
  },
  {
    id: 'L2-follow-while-writers-write',
    title: 'L2 LO1 LO5 a follower that starts while writers write misses none and repeats none',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const followers: Promise<Event[]>[] = [];
      const total = 2 + 4 * 25;
      const writers = [world, other, world, other].map(async (writer, i) => {
        for (const one of waits(25, `wait-${i}`)) {
          await writer.events.create(runId, one);
          if (followers.length < 8) followers.push(take(follow(writer, runId), total));
        }
      });
      await Promise.all(writers);
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, total);
      for (const events of await Promise.all(followers)) assert.deepEqual(events, log);
    },
  },
  {
    id: 'L2-follow-from-cursor',
    title: 'L2 LO9 a follower continues from a cursor; a cursor that no list gave is refused',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      await appendAll(world, runId, waits(5));
      const log = await readLog(world, runId);
      for (const limit of [1, 3, 7]) {
        const { cursor } = await world.events.list({ runId, pagination: { limit } });
        assert.ok(cursor !== null);
        const follower = follow(world, runId, cursor);
        assert.deepEqual(await take(follower, log.length - limit), log.slice(limit));
        const next = take(follower, 1);
        log.push(...(await appendAll(world, runId, waits(1, `more-${limit}`))));
        assert.deepEqual(await next, log.slice(-1));
        await follower.return?.();
      }
      const { runId: otherRunId } = await startedRun(world);
      const { cursor: foreign } = await world.events.list({ runId: otherRunId });
      const { cursor: down } = await world.events.list({
        runId,
        pagination: { limit: 1, sortOrder: 'desc' },
      });
      for (const cursor of ['', 'next', foreign ?? '', down ?? '']) {
        await expectInvalid('pagination.cursor', () => follow(world, runId, cursor).next());
      }
      await expectRefused('RUN_NOT_FOUND', () => follow(world, createRunId()).next());
      await expectInvalid('runId', () => follow(world, '').next());
    },
  },
  {
    id: 'L2-follow-ends',
    title:
      'L2 LI1 a follower ends by its signal, by return(), by close(), and when its run is gone',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const abort = new AbortController();
      const signalled = world.events.follow({ runId, signal: abort.signal });
      await take(signalled, 2);
      const waiting = signalled.next();
      abort.abort();
      assert.equal((await waiting).done, true);
      assert.equal((await signalled.next()).done, true);
      const before = world.events.follow({ runId, signal: AbortSignal.abort() });
      assert.equal((await before.next()).done, true);

      for await (const event of world.events.follow({ runId })) if (event.seq === 2) break;

      const removed = follow(world, runId);
      await take(removed, 2);
      const ended = take(removed, 1);
      await world.events.create(runId, request.runCancelled());
      await ended;
      const gone = removed.next();
      await world.prune({ olderThan: new Date(Date.now() + 86_400_000) });
      assert.equal((await gone).done, true, 'the run is gone');

      const { runId: next } = await startedRun(world);
      const closing = follow(other, next);
      await take(closing, 2);
      const end = expectEnd(closing.next());
      await other.close();
      await end;
    },
  },
  {
    id: 'P-follow-resolve-none',
    title: 'P a follower takes resolveData, and gives what a list gives',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      await appendAll(world, runId, [request.stepCreated('step-a'), ...waits(1)]);
      const resolveData = 'none' as const;
      const follower = world.events.follow({ runId, resolveData });
      const { data } = await world.events.list({ runId, resolveData });
      assert.deepEqual(await take(follower, 4), data);
      await follower.return?.();
    },
  },
  {
    id: 'L2-follow-long-log',
    title: 'L2 a follower that reads 3,000 events lets timers and other calls run in between',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      for (let i = 0; i < 3; i += 1) {
        await world.events.createBatch(runId, waits(1000, `wait-${i}`));
      }
      const follower = follow(world, runId);
      await take(follower, 1);
      const stopped = new AbortController();
      setImmediate(() => stopped.abort());
      let seq = 1;
      while (seq < 3002 && !stopped.signal.aborted) {
        const { value } = await follower.next();
        seq = value?.seq ?? Number.NaN;
      }
      await follower.return?.();
      assert.ok(stopped.signal.aborted, 'nothing else ran until the log was read');
    },
  },
];
