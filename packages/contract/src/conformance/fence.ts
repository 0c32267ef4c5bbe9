import assert from 'node:assert/strict';
import type { CreateEventParams, FenceScope } from '../create-event-params.js';
import { FenceConflictError } from '../errors.js';
import { eventIdTime } from '../event-id.js';
import { expectNoTrace, expectSoundLog, readLog } from './expect.js';
import { eventOf, startedRun, uniqueId } from './given.js';
import { creatingAppends, type LegalAppend, legalAppends } from './legal-appends.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** Fences: an append commits only on the log that its writer has seen. */

const SMALL = Uint8Array.from([1, 2, 3]);
const LARGE = new Uint8Array(1024 * 1024).fill(7);

/** Every path that an append can take: payload small or large, payloads returned or not, alone or in a batch. */
const paths = [SMALL, LARGE].flatMap((payload) =>
  (['all', 'none'] as const).flatMap((resolveData) =>
    [false, true].map((batched) => ({ payload, resolveData, batched })),
  ),
);

/** A writer whose fence is stale, on every path of one event type; then the same writer with the tail. */
const staleFenceTest = ({ eventType, prepare }: LegalAppend): ConformanceTest => ({
  id: `F1-stale-${eventType}`,
  title: `F1 F4 FE1 a stale or foreign fence refuses ${eventType} on every path, and the tail admits it`,
  needs: [],
  async run({ world }) {
    const foreign = (await startedRun(world)).tail;
    for (const { payload, resolveData, batched } of paths) {
      const { runId, request: one } = await prepare(world, payload);
      const send = (params: CreateEventParams): Promise<unknown> =>
        batched
          ? world.events.createBatch(runId, [one], { resolveData, ...params })
          : world.events.create(runId, one, { resolveData, ...params });
      const [first] = await readLog(world, runId);
      const tail = (await world.runs.get(runId)).lastKnownEventId;
      const stale = [first?.eventId, foreign].filter((id) => id !== tail);
      for (const lastKnownEventId of stale) {
        if (lastKnownEventId === undefined) continue;
        await expectNoTrace('FENCE_CONFLICT', world, runId, () => send({ lastKnownEventId }));
      }
      await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        send({ asOfTimestamp: eventIdTime(tail) }),
      );
      await send({ lastKnownEventId: tail });
      await expectSoundLog(world, runId);
    }
  },
});

const creatingFenceTest = ({ eventType, prepare }: LegalAppend): ConformanceTest => ({
  id: `F1-absent-${eventType}`,
  title: `F1 a fence refuses ${eventType} on a run that is absent: its log has no such tail`,
  needs: [],
  async run({ world }) {
    const foreign = (await startedRun(world)).tail;
    const { runId, request: one } = await prepare(world, SMALL);
    await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
      world.events.create(runId, one, { lastKnownEventId: foreign }),
    );
    await world.events.create(runId, one, { asOfTimestamp: Date.now() });
    await expectSoundLog(world, runId);
  },
});

export const fenceTests: readonly ConformanceTest[] = [
  ...legalAppends.map(staleFenceTest),
  ...creatingAppends.map(creatingFenceTest),
  {
    id: 'F2-unfenced',
    title: 'F2 L5 concurrent unfenced appends never conflict, and each moves the tail',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const results = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          (i % 2 ? world : other).events.create(runId, request.waitCreated(`wait-${i}`)),
        ),
      );
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, 42);
      assert.deepEqual(
        results
          .map(eventOf)
          .map(({ eventId }) => eventId)
          .sort(),
        log.slice(2).map(({ eventId }) => eventId),
      );
    },
  },
  {
    id: 'F2-tail-moves',
    title:
      'F2 L5 FE5 after every unfenced event type a write fenced on the tail before it is refused',
    needs: [],
    async run({ world }) {
      for (const { eventType, prepare } of [...legalAppends, ...creatingAppends]) {
        const { runId, request: one } = await prepare(world, SMALL);
        const before = (await world.runs.get(runId).catch(() => undefined))?.lastKnownEventId;
        const event = eventOf(await world.events.create(runId, one));
        const log = await expectSoundLog(world, runId);
        assert.equal(log.at(-1)?.eventId, event.eventId, eventType);
        const stale = before ?? log.at(-2)?.eventId;
        if (stale === undefined) continue;
        await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
          world.events.create(runId, request.waitCreated(uniqueId('wait')), {
            lastKnownEventId: stale,
          }),
        );
      }
    },
  },
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
    title:
      'F6 FE7 a conflict carries code, fence, tail and the events in between, a bounded page of them',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      const refuse = (fenceScope: FenceScope): Promise<unknown> =>
        world.events.create(runId, request.waitCreated('wait-x'), {
          lastKnownEventId: tail,
          fenceScope,
        });
      const missed = [
        eventOf(await world.events.create(runId, request.waitCreated('wait-a'))),
        eventOf(await world.events.create(runId, request.stepCreated('step-b'))),
      ];
      for (const scope of ['tail', 'in-band'] as const) {
        const error = await expectNoTrace('FENCE_CONFLICT', world, runId, () => refuse(scope));
        assert.ok(FenceConflictError.is(error));
        assert.equal(error.status, 409);
        assert.equal(error.lastKnownEventId, tail);
        assert.equal(error.tailEventId, missed[1]?.eventId);
        assert.deepEqual(error.missed, { events: missed, hasMore: false });
      }
      const more = Array.from({ length: 300 }, (_, i) => request.waitCreated(`more-${i}`));
      await world.events.createBatch(runId, more);
      const bounded = await expectNoTrace('FENCE_CONFLICT', world, runId, () => refuse('tail'));
      const { events, hasMore } = bounded.details as { events: unknown[]; hasMore: boolean };
      assert.ok(events.length >= 2 && events.length < 302);
      assert.equal(hasMore, true);
      assert.deepEqual(events, (await readLog(world, runId)).slice(2, 2 + events.length));
    },
  },
  {
    id: 'F6-foreign-fence',
    title: 'F6 a fence that is not in the log gets the log from its beginning, to catch up with',
    needs: [],
    async run({ world }) {
      const { tail: foreign } = await startedRun(world);
      const { runId } = await startedRun(world);
      for (const fenceScope of ['tail', 'in-band'] as const) {
        const error = await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
          world.events.create(runId, request.waitCreated('wait-a'), {
            lastKnownEventId: foreign,
            fenceScope,
          }),
        );
        assert.deepEqual(error.details.events, await readLog(world, runId));
      }
    },
  },
  {
    id: 'F8-precedence',
    title:
      'F8 schema comes before the run, the run before the fence, the fence before the rules of the row',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      await world.events.create(runId, request.waitCreated('wait-a'));
      const absent = `${runId.slice(0, -4)}0000`;
      const create = world.events.create;
      for (const fenceScope of ['tail', 'in-band'] as const) {
        const stale = { lastKnownEventId: tail, fenceScope };
        const cases = [
          ['INVALID_ARGUMENT', () => create(absent, request.waitCreated(''), stale)],
          ['RUN_NOT_FOUND', () => create(absent, request.waitCreated('wait-a'), stale)],
          ['FENCE_CONFLICT', () => create(runId, request.waitCreated('wait-a'), stale)],
          ['FENCE_CONFLICT', () => create(runId, request.stepStarted('none'), stale)],
          ['FENCE_CONFLICT', () => create(runId, request.runStarted(), stale)],
          ['WAIT_EXISTS', () => create(runId, request.waitCreated('wait-a'), { fenceScope })],
          ['STEP_NOT_FOUND', () => create(runId, request.stepStarted('none'), { fenceScope })],
        ] as const;
        for (const [code, call] of cases) await expectNoTrace(code, world, runId, call);
      }
    },
  },
  {
    id: 'F9-signals-are-not-lost',
    title: 'F9 F2 FE10 signals delivered unfenced while fenced writers contend are all in the log',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      await world.events.create(runId, request.hookCreated('hook-a', uniqueId('token')));
      const signals = Array.from({ length: 50 }, (_, i) =>
        other.events.create(runId, request.hookReceived('hook-a', `payload ${i}`)),
      );
      let committed = 0;
      while (committed < 10) {
        const { lastKnownEventId } = await world.runs.get(runId);
        const one = request.waitCreated(uniqueId('wait'));
        const done = await world.events
          .create(runId, one, { lastKnownEventId })
          .catch((error: unknown) => {
            if (!FenceConflictError.is(error)) throw error;
            return undefined;
          });
        if (done !== undefined) committed += 1;
      }
      await Promise.all(signals);
      const log = await expectSoundLog(world, runId);
      const received = log.filter(({ eventType }) => eventType === 'hook_received');
      assert.equal(received.length, 50);
    },
  },
];
