import assert from 'node:assert/strict';
import type { CreateEventParams } from '../create-event-params.js';
import { eventsCursor } from '../event-cursor.js';
import { eventIdTime } from '../event-id.js';
import { TRANSITIONS } from '../transitions.js';
import type { World } from '../world.js';
import { expectNoTrace, expectRefused, expectSoundLog } from './expect.js';
import { eventOf, runAhead, startedRun, uniqueId } from './given.js';
import { legalAppends } from './legal-appends.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** What a fence counts as newer, fences by time, and the guard of stock clients. */

const fenced = (world: World, runId: string, lastKnownEventId: string): Promise<unknown> =>
  world.events.create(runId, request.waitCreated(uniqueId('wait')), {
    lastKnownEventId,
    fenceScope: 'in-band',
  });

/** A run with a live hook and a running step; `tail` is its last event. */
async function busyRun(world: World): Promise<{ runId: string; tail: string }> {
  const { runId } = await startedRun(world);
  await world.events.create(runId, request.hookCreated('hook-a', uniqueId('token')));
  await world.events.create(runId, request.stepCreated('step-a'));
  const last = await world.events.create(runId, request.stepStarted('step-a'));
  return { runId, tail: eventOf(last).eventId };
}

export const fenceScopeTests: readonly ConformanceTest[] = [
  {
    id: 'F1-in-band-scope',
    title: 'F1 in-band: only a decision committed since refuses the write, for every event type',
    needs: [],
    async run({ world }) {
      for (const { eventType, prepare } of legalAppends) {
        const { runId, request: one } = await prepare(world, 'payload');
        const { lastKnownEventId: before } = await world.runs.get(runId);
        await world.events.create(runId, one);
        // The end of a run refuses by its own rule, after the fence.
        const ended = TRANSITIONS[eventType].effect.endsRun === true;
        if (!TRANSITIONS[eventType].outOfBand) {
          await expectNoTrace('FENCE_CONFLICT', world, runId, () => fenced(world, runId, before));
        } else if (ended) {
          await expectNoTrace('RUN_TERMINAL', world, runId, () => fenced(world, runId, before));
        } else {
          await fenced(world, runId, before);
          await expectSoundLog(world, runId);
        }
      }
    },
  },
  {
    id: 'F5-in-band-passed',
    title:
      'F5 in-band: the result carries the out-of-band events that the write was pushed past, in order',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await busyRun(world);
      const passed = [
        eventOf(await world.events.create(runId, request.hookReceived('hook-a'))),
        eventOf(await world.events.create(runId, request.stepCompleted('step-a'))),
      ];
      const params = { lastKnownEventId: tail, fenceScope: 'in-band' } as const;
      const result = await world.events.create(runId, request.waitCreated('wait-a'), params);
      assert.deepEqual(result.passed, { events: passed, hasMore: false });
      const next = { ...params, lastKnownEventId: eventOf(result).eventId };
      const batch = await world.events.createBatch(runId, [request.waitCreated('wait-b')], next);
      assert.deepEqual(batch.passed, { events: [], hasMore: false });
      await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        world.events.create(runId, request.waitCreated('wait-c'), params),
      );
      const storm = Array.from({ length: 300 }, (_, i) => request.hookReceived('hook-a', i));
      const received = (await world.events.createBatch(runId, storm)).results.map(eventOf);
      const behind = await world.events.create(runId, request.waitCreated('wait-d'), {
        ...params,
        lastKnownEventId: batch.lastKnownEventId,
      });
      const { events = [], hasMore } = behind.passed ?? {};
      assert.ok(events.length > 0 && events.length < 300, 'a bounded page');
      assert.equal(hasMore, true);
      assert.deepEqual(events, received.slice(0, events.length));
    },
  },
  {
    id: 'F3-in-band-one-winner',
    title:
      'F3 in-band: of 16 concurrent decisions on one fence exactly one commits, among signals that all do',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await busyRun(world);
      const decisions = Array.from({ length: 16 }, (_, i) =>
        fenced(i % 2 ? world : other, runId, tail),
      );
      const signals = Array.from({ length: 16 }, (_, i) =>
        (i % 2 ? world : other).events.create(runId, request.hookReceived('hook-a', i)),
      );
      const settled = await Promise.allSettled(decisions);
      await Promise.all(signals);
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
      const log = await expectSoundLog(world, runId);
      assert.equal(log.filter(({ eventType }) => eventType === 'wait_created').length, 1);
    },
  },
  {
    id: 'FE10-hook-storm',
    title: 'F1 FE10 an orchestrator with an in-band fence never retries, however many hooks fire',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await busyRun(world);
      let storming = true;
      const storm = (async () => {
        for (let i = 0; storming; i += 1) {
          await other.events.create(runId, request.hookReceived('hook-a', i));
        }
      })();
      let fence = tail;
      try {
        for (let i = 0; i < 25; i += 1) {
          const result = await world.events.create(runId, request.waitCreated(`wait-${i}`), {
            lastKnownEventId: fence,
            fenceScope: 'in-band',
          });
          fence = eventOf(result).eventId;
        }
      } finally {
        storming = false;
        await storm;
      }
      await world.events.create(runId, request.runCompleted());
      await expectSoundLog(world, runId);
    },
  },
  {
    id: 'F1-as-of-timestamp',
    title:
      'F1 LO7 asOfTimestamp stands for the last event strictly before it: equal is refused, later passes',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await busyRun(world);
      const at = eventIdTime(tail);
      const asOf = (asOfTimestamp: number, more: object = {}): Promise<unknown> =>
        world.events.create(runId, request.waitCreated(uniqueId('wait')), {
          asOfTimestamp,
          ...more,
        });
      for (const early of [0, 1, at - 1, at]) {
        const error = await expectNoTrace('FENCE_CONFLICT', world, runId, () => asOf(early));
        assert.equal(error.details.tailEventId, tail);
      }
      await asOf(at + 0.5);
      const { lastKnownEventId } = await world.runs.get(runId);
      await asOf(eventIdTime(lastKnownEventId) + 1);
      await asOf(Number.MAX_SAFE_INTEGER);
      await expectSoundLog(world, runId);
    },
  },
  {
    id: 'LO7-one-order',
    title:
      'F1 G LO7 with ids ahead of the clock, fences by time and the guard go by the ids, as log and cursors do',
    needs: [],
    async run({ world }) {
      const { runId } = await runAhead(world);
      await world.events.create(runId, request.hookCreated('hook-a', uniqueId('token')));
      const outcome = eventOf(await world.events.create(runId, request.hookReceived('hook-a')));
      const at = eventIdTime(outcome.eventId);
      const behind = outcome.createdAt.getTime() + 1000;
      assert.ok(behind < at, 'the clock is behind the id');
      const write = (params: CreateEventParams): Promise<unknown> =>
        world.events.create(runId, request.waitCreated(uniqueId('wait')), params);
      for (const fenceScope of ['tail', 'in-band'] as const) {
        await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
          write({ asOfTimestamp: behind, fenceScope }),
        );
        await write({ asOfTimestamp: at + 1, fenceScope });
      }
      await expectNoTrace('PRECONDITION_FAILED', world, runId, () =>
        write({ stateUpdatedAt: behind }),
      );
      await write({ stateUpdatedAt: at });
      const log = await expectSoundLog(world, runId);
      for (const [i, event] of log.entries()) {
        const pagination = { cursor: eventsCursor(event) };
        const { data } = await world.events.list({ runId, pagination });
        assert.deepEqual(data, log.slice(i + 1));
      }
    },
  },
  {
    id: 'F1-as-of-is-ignored-beside-id',
    title: 'F1 asOfTimestamp is ignored when lastKnownEventId is set, in both directions',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await busyRun(world);
      const first = (await world.events.list({ runId, pagination: { limit: 1 } })).data[0];
      const late = eventIdTime(tail) + 1000;
      await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        world.events.create(runId, request.waitCreated('wait-a'), {
          lastKnownEventId: first?.eventId,
          asOfTimestamp: late,
        }),
      );
      await world.events.create(runId, request.waitCreated('wait-a'), {
        lastKnownEventId: tail,
        asOfTimestamp: 0,
      });
    },
  },
  {
    id: 'F1-as-of-in-band',
    title: 'F1 asOfTimestamp with the in-band scope counts decisions only',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const decided = eventOf(
        await world.events.create(runId, request.hookCreated('hook-a', uniqueId('token'))),
      );
      const passed = eventOf(await world.events.create(runId, request.hookReceived('hook-a')));
      const asOf = (asOfTimestamp: number) =>
        world.events.create(runId, request.waitCreated('wait-a'), {
          asOfTimestamp,
          fenceScope: 'in-band',
        });
      await expectNoTrace('FENCE_CONFLICT', world, runId, () => asOf(eventIdTime(decided.eventId)));
      const result = await asOf(eventIdTime(decided.eventId) + 0.5);
      assert.deepEqual(result.passed, { events: [passed], hasMore: false });
    },
  },
  {
    id: 'G-state-updated-at',
    title: 'G stateUpdatedAt: an outcome newer than it is 412, an equal or older one passes',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await busyRun(world);
      const guarded = (stateUpdatedAt: number): Promise<unknown> =>
        world.events.create(runId, request.waitCreated(uniqueId('wait')), { stateUpdatedAt });
      await guarded(eventIdTime(tail));
      const { lastKnownEventId } = await world.runs.get(runId);
      const seen = eventIdTime(lastKnownEventId);
      const outcome = eventOf(await world.events.create(runId, request.hookReceived('hook-a')));
      const at = eventIdTime(outcome.eventId);
      assert.ok(at > seen, 'an outcome takes a later ms than the tail');
      const error = await expectNoTrace('PRECONDITION_FAILED', world, runId, () => guarded(seen));
      assert.equal(error.status, 412);
      assert.equal(error.name, 'PreconditionFailedError');
      await guarded(at);
      await guarded(at + 1);
      // A decision, and a start of a step, bring no news to a replay.
      await world.events.create(runId, request.stepStarted('step-a'));
      await guarded(at);
      await world.events.create(runId, request.stepCompleted('step-a'));
      await expectRefused('PRECONDITION_FAILED', () => guarded(at));
      await expectSoundLog(world, runId);
    },
  },
];
