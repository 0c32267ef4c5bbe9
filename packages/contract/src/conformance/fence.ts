import assert from 'node:assert/strict';
import { FenceConflictError } from '../errors.js';
import { expectNoTrace, expectSoundLog, readLog } from './expect.js';
import { eventOf, startedRun } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** Fences: an append commits only on the log that its writer has seen. */
export const fenceTests: readonly ConformanceTest[] = [
  {
    id: 'F3-one-winner',
    title: 'F3 FE2 of 16 concurrent appends fenced on one tail exactly one commits',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await startedRun(world);
      const attempts = Array.from({ length: 16 }, (_, i) =>
        (i % 2 ? world : other).events.create(runId, request.waitCreated(`wait-${i}`), {
          lastKnownEventId: tail,
        }),
      );
      const settled = await Promise.allSettled(attempts);
      const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      assert.equal(refused.length, 15);
      for (const error of refused) assert.equal(error.code, 'FENCE_CONFLICT');
      assert.equal((await expectSoundLog(world, runId)).length, 3);
    },
  },
  {
    id: 'F5-chain',
    title:
      'F5 L5 a fenced append returns its event, whose id is the next fence, also behind unfenced ones',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      let fence = tail;
      for (let i = 0; i < 10; i += 1) {
        const params = i % 3 === 2 ? {} : { lastKnownEventId: fence };
        fence = eventOf(
          await world.events.create(runId, request.waitCreated(`wait-${i}`), params),
        ).eventId;
        assert.equal((await world.runs.get(runId)).lastKnownEventId, fence);
      }
      await expectSoundLog(world, runId);
    },
  },
  {
    id: 'F6-conflict-carries-missing',
    title: 'F6 FE7 a conflict carries code, fence, tail and the events in between',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      const missed = [
        eventOf(await world.events.create(runId, request.waitCreated('wait-a'))),
        eventOf(await world.events.create(runId, request.waitCreated('wait-b'))),
      ];
      const error = await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        world.events.create(runId, request.waitCreated('wait-c'), { lastKnownEventId: tail }),
      );
      assert.ok(FenceConflictError.is(error));
      assert.equal(error.lastKnownEventId, tail);
      assert.equal(error.tailEventId, missed[1]?.eventId);
      assert.deepEqual(error.details.events, missed);
      assert.equal(error.details.hasMore, false);
      assert.equal((await readLog(world, runId)).length, 4);
    },
  },
];
