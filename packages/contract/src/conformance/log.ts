import assert from 'node:assert/strict';
import { eventIdTime, isEventId } from '../event-id.js';
import type { Event, EventRequest } from '../events.js';
import { TRANSITIONS } from '../transitions.js';
import type { World } from '../world.js';
import { expectSoundLog, readLog } from './expect.js';
import { eventOf, runAhead, startedRun } from './given.js';
import { creatingAppends, legalAppends } from './legal-appends.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** Order, density and ids of the log. */

export const logTests: readonly ConformanceTest[] = [
  {
    id: 'L1-clock-set-back',
    title: 'L1 LO1 with a clock behind the tail every id is above the tail',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await runAhead(world);
      const aheadMs = eventIdTime(tail);
      for (let i = 0; i < 20; i += 1) {
        const event = eventOf(await world.events.create(runId, request.waitCreated(`wait-${i}`)));
        assert.equal(eventIdTime(event.eventId), aheadMs);
        assert.ok(event.createdAt.getTime() < aheadMs, 'createdAt is the clock');
      }
      await expectSoundLog(world, runId);
    },
  },
  {
    id: 'L1-one-millisecond',
    title: 'L1 LO6 10,000 events in one millisecond have ascending ids of that millisecond',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await runAhead(world);
      const aheadMs = eventIdTime(tail);
      for (let batch = 0; batch < 10; batch += 1) {
        const events = Array.from({ length: 1000 }, (_, i) =>
          request.waitCreated(`wait-${batch}-${i}`),
        );
        await world.events.createBatch(runId, events);
      }
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, 10_002);
      assert.ok(log.every(({ eventId }) => eventIdTime(eventId) === aheadMs));
    },
  },
  {
    id: 'L1-strictly-later',
    title:
      'L1 outcomes take a strictly later millisecond than the tail, all other events may share it',
    needs: [],
    async run({ world }) {
      for (const { eventType, prepare } of legalAppends.filter(
        (one) => one.eventType !== 'run_started',
      )) {
        // Brings the run to the state that the append needs, with the tail ahead of the clock.
        const { runId: template, request: one } = await prepare(world, 'payload');
        const { runId } = await runAhead(world);
        const [, , ...rest] = await readLog(world, template);
        for (const event of rest) await world.events.create(runId, renamed(event));
        const tail = eventIdTime((await world.runs.get(runId)).lastKnownEventId);
        const event = eventOf(await world.events.create(runId, one));
        const expected = TRANSITIONS[eventType].outcome ? tail + 1 : tail;
        assert.equal(eventIdTime(event.eventId), expected, eventType);
      }
    },
  },
  {
    id: 'L1-time-of-ids',
    title:
      'L1 the time in an id is the clock at the commit, or the time of the tail where that is later',
    needs: [],
    async run({ world }) {
      for (const { eventType, prepare } of [...legalAppends, ...creatingAppends]) {
        const { runId, request: one } = await prepare(world, 'payload');
        await world.events.create(runId, one);
        let tailMs = 0;
        for (const event of await expectSoundLog(world, runId)) {
          assert.ok(isEventId(event.eventId), event.eventId);
          const lowestMs = TRANSITIONS[event.eventType].outcome ? tailMs + 1 : tailMs;
          tailMs = eventIdTime(event.eventId);
          assert.equal(tailMs, Math.max(lowestMs, event.createdAt.getTime()), eventType);
        }
      }
    },
  },
  {
    id: 'L1-parallel-appends',
    title:
      'L1 L3 LO1 LO2 LO8 parallel appends from two instances get ascending ids and positions 1..N',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          (i % 2 ? world : other).events.create(runId, request.stepCreated(`step-${i}`)),
        ),
      );
      assert.equal((await expectSoundLog(other, runId)).length, 102);
    },
  },
  {
    id: 'L3-no-gaps',
    title:
      'L3 FE3 LO2 positions are 1..N without gap or double, whatever is refused in between, alone or in batches',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await startedRun(world);
      await world.events.create(runId, request.waitCreated('wait-there'));
      const [there, stale] = [request.waitCreated('wait-there'), { lastKnownEventId: tail }];
      const makers: readonly ((writer: World, name: string) => Promise<unknown>)[] = [
        ({ events }, name) => events.create(runId, request.waitCreated(name)),
        ({ events }, name) => events.create(runId, request.waitCreated(name), stale),
        ({ events }) => events.create(runId, there),
        ({ events }, name) =>
          events.createBatch(runId, [request.waitCreated(name), request.stepCreated(name)]),
        ({ events }, name) => events.createBatch(runId, [request.waitCreated(name), there]),
      ];
      const rounds = 12;
      const settled = await Promise.allSettled(
        Array.from({ length: rounds }, (_, round) =>
          makers.map((make, i) => make((round + i) % 2 ? world : other, `${round}-${i}`)),
        ).flat(),
      );
      const refused = settled.filter(({ status }) => status === 'rejected');
      assert.equal(refused.length, 3 * rounds);
      const log = await expectSoundLog(other, runId);
      assert.equal(log.length, 3 + 3 * rounds);
      const next = await world.events.create(runId, request.waitCreated('wait-next'));
      assert.equal(eventOf(next).seq, log.length + 1, 'the next append takes the next position');
    },
  },
  {
    id: 'L6-append-only',
    title: 'L6 a committed event never changes, whatever is appended after it',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      await world.events.create(runId, request.stepCreated('step-a'));
      const before = await readLog(world, runId);
      await world.events.create(runId, request.stepStarted('step-a'));
      await world.events.create(runId, request.stepCompleted('step-a'));
      await world.events.create(runId, request.runCompleted());
      assert.deepEqual((await readLog(world, runId)).slice(0, before.length), before);
    },
  },
];

/** A logged event as a request; hooks get another token, since their first owner lives on. */
function renamed(event: Event): EventRequest {
  const { eventId: _id, seq: _seq, runId: _run, createdAt: _at, ...one } = event;
  if (one.eventType === 'hook_created') {
    return { ...one, eventData: { ...one.eventData, token: `${one.eventData.token} again` } };
  }
  if (one.eventType === 'hook_conflict') throw new Error('no template has a conflict');
  return one;
}
