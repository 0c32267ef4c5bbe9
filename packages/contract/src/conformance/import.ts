import assert from 'node:assert/strict';
import { mintEventId } from '../event-id.js';
import type { Event, EventRequest } from '../events.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import {
  expectInvalid,
  expectNoTrace,
  expectRefused,
  expectSoundLog,
  readLog,
  snapshot,
} from './expect.js';
import { appendAll, eventOf, foreignLog, runAhead, startedRun, uniqueId } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** A log with something of everything; live unless `end`. */
async function makeLog(world: World, end: readonly EventRequest[] = []): Promise<Event[]> {
  const { runId } = await startedRun(world);
  const [hookId, token] = [uniqueId('hook'), uniqueId('token')];
  await appendAll(world, runId, [
    request.stepCreated('step-a'),
    request.stepStarted('step-a'),
    request.stepRetrying('step-a', new Date(Date.now() - 1000)),
    request.stepStarted('step-a'),
    request.stepCompleted('step-a'),
    request.stepCreated('step-b'),
    request.stepStarted('step-b'),
    request.hookCreated(hookId, token),
    request.hookReceived(hookId),
    request.hookCreated(`${hookId}-2`, token),
    request.waitCreated('wait-a'),
    request.waitCompleted('wait-a'),
    request.waitCreated('wait-b'),
    ...end,
  ]);
  return expectSoundLog(world, runId);
}

const runOf = (log: readonly Event[]): string => log[0]?.runId ?? '';
const tokenOf = (log: readonly Event[]): string =>
  log.flatMap((event) => (event.eventType === 'hook_created' ? [event.eventData.token] : []))[0] ??
  '';

/** The lowest id above another one, or an id of long ago. */
const idAbove = (tail: string | undefined): string =>
  mintEventId({ tail, nowMs: 1, strictlyLater: false, entropy: '0'.repeat(16) });

const ENDINGS: readonly (readonly EventRequest[])[] = [
  [],
  [request.runCompleted()],
  [request.runFailed(), request.stepCompleted('step-b')],
  [request.runCancelled()],
];

/** Imports: logs are copied as they are, or not at all. */
export const importTests: readonly ConformanceTest[] = [
  {
    id: 'P-import-keeps',
    title: 'P import L4 keeps ids, positions and times, and makes the same entities',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      for (const end of ENDINGS) {
        const log = await makeLog(world, end);
        const runId = runOf(log);
        assert.deepEqual(await elsewhere.events.import(runId, log), { imported: log.length });
        assert.deepEqual(await snapshot(elsewhere, runId), await snapshot(world, runId));
        await expectSoundLog(elsewhere, runId);
        for (const event of log) {
          assert.deepEqual(await elsewhere.events.get(runId, event.eventId), event);
        }
      }
      const ids = async (from: World) =>
        (await from.runs.list()).data.map(({ runId, status }) => ({ runId, status }));
      assert.deepEqual(await ids(elsewhere), await ids(world));
    },
  },
  {
    id: 'P-import-repeatable',
    title: 'P import is repeatable, and continues a partial copy where it stopped',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const log = await makeLog(world, [request.runCompleted()]);
      const runId = runOf(log);
      const size = log.length;
      const parts = [
        [log.slice(0, 3), 3],
        [log.slice(0, 3), 0],
        [log.slice(0, 7), 4],
        [log.slice(1, 5), 0],
        [log.slice(5, 9), 2],
        [log.slice(9), size - 9],
        [log, 0],
        [[], 0],
      ] as const;
      for (const [part, imported] of parts) {
        assert.deepEqual(await elsewhere.events.import(runId, part), { imported });
      }
      assert.deepEqual(await snapshot(elsewhere, runId), await snapshot(world, runId));
    },
  },
  {
    id: 'P-import-long',
    title: 'P import of 2,500 events, more than one commit holds',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const { runId } = await startedRun(world);
      for (let batch = 0; batch < 3; batch += 1) {
        const waits = Array.from({ length: 833 }, (_, i) => request.waitCreated(`w-${batch}-${i}`));
        await world.events.createBatch(runId, waits);
      }
      const log = await readLog(world, runId);
      assert.equal(log.length, 2501);
      await elsewhere.events.import(runId, log);
      assert.deepEqual(await expectSoundLog(elsewhere, runId), log);
    },
  },
  {
    id: 'P-import-goes-on',
    title: 'P import L1 L5 a live run goes on after its import, with ids above its tail',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await runAhead(world);
      assert.equal((await world.runs.get(runId)).status, 'running');
      const hookId = uniqueId('hook');
      await appendAll(other, runId, [
        request.stepCreated('step-a'),
        request.hookCreated(hookId, uniqueId('token')),
        request.hookReceived(hookId),
        request.runCompleted(),
      ]);
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, 6);
      assert.equal(log[1]?.eventId, tail);
      await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        world.events.create(runId, request.runFailed(), { lastKnownEventId: tail }),
      );
    },
  },
  {
    id: 'P-import-diverged',
    title: 'P import F4 of another log, or of one with a gap, is LOG_DIVERGED and changes nothing',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const log = await makeLog(world);
      const runId = runOf(log);
      await elsewhere.events.import(runId, log.slice(0, 5));
      const refuse = (events: readonly Event[]) =>
        expectNoTrace('LOG_DIVERGED', elsewhere, runId, () =>
          elsewhere.events.import(runId, events),
        );
      await refuse(foreignLog(runId));
      await refuse(log.slice(6));
      await refuse(log.slice(8, 9));
      await elsewhere.events.create(runId, request.waitCreated('wait-here'));
      await refuse(log);
      await refuse(log.slice(5));
      const absent = await makeLog(world);
      const error = await expectRefused('LOG_DIVERGED', () =>
        elsewhere.events.import(runOf(absent), absent.slice(1)),
      );
      assert.equal(error.details.runId, runOf(absent));
      await expectRefused('RUN_NOT_FOUND', () => elsewhere.runs.get(runOf(absent)));
    },
  },
  {
    id: 'P-import-bad-logs',
    title: 'P import B bad input: gaps, descending ids, foreign events, no events at all',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const log = await makeLog(world);
      const runId = runOf(log);
      const alter = (index: number, change: object): Event[] =>
        log.map((event, i) => (i === index ? { ...event, ...change } : event));
      const earlier = idAbove(undefined);
      const bad: readonly (readonly [field: string, events: unknown])[] = [
        ['events[3].seq', log.toSpliced(3, 1)],
        ['events[3].seq', log.toSpliced(3, 0, ...log.slice(2, 3))],
        ['events[1].seq', log.toReversed()],
        ['events[2].seq', alter(2, { seq: 0 })],
        ['events[2].seq', alter(2, { seq: 2.5 })],
        ['events[4].eventId', alter(4, { eventId: earlier })],
        ['events[4].eventId', alter(4, { eventId: log[3]?.eventId })],
        ['events[4].eventId', alter(4, { eventId: 'wevt_01M816YJ9YQ53CHD16K07RBJP4' })],
        ['events[0].eventType', alter(0, { eventType: 'run_started' })],
        ['events[14].eventId', alter(log.length - 1, { eventId: `evnt_7${'Z'.repeat(25)}` })],
        ['events[1].runId', alter(1, { runId: createRunId() })],
        ['events[1].createdAt', alter(1, { createdAt: 'yesterday' })],
        ['events[1].eventType', alter(1, { eventType: 'run_paused' })],
        ['events[2].eventData.input', alter(2, { eventData: { stepName: 'a' } })],
        ['events[2].eventData.input', alter(2, { eventData: { stepName: 'a', input: '\0' } })],
        ['events', undefined],
        ['events', 'log'],
        ['events', { 0: log[0], length: 1 }],
      ];
      for (const [field, events] of bad) {
        await expectInvalid(field, () => elsewhere.events.import(runId, events as Event[]));
      }
      await expectInvalid('events[0].runId', () => elsewhere.events.import(createRunId(), log));
      assert.deepEqual((await elsewhere.runs.list()).data, []);
    },
  },
  {
    id: 'P-import-whole',
    title: 'P import F4 of a log with an event that would append nothing is LOG_DIVERGED',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const repeated = { run_started: undefined, run_cancelled: request.runCancelled() };
      for (const [eventType, end] of Object.entries(repeated)) {
        const log = await makeLog(world, end === undefined ? [] : [end]);
        const [event, last] = [log.find((one) => one.eventType === eventType), log.at(-1)];
        assert.ok(event !== undefined && last !== undefined);
        const again = { ...event, seq: log.length + 1, eventId: idAbove(last.eventId) };
        const error = await expectRefused('LOG_DIVERGED', () =>
          elsewhere.events.import(runOf(log), [...log, again]),
        );
        assert.equal(error.details.seq, again.seq);
        await expectRefused('RUN_NOT_FOUND', () => elsewhere.runs.get(runOf(log)));
      }
    },
  },
  {
    id: 'P-import-token-held',
    title: 'P import EN9 of a live hook whose token another run holds here is TOKEN_HELD',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const log = await makeLog(world);
      const runId = runOf(log);
      const { runId: owner } = await startedRun(elsewhere);
      const hookId = uniqueId('hook');
      await elsewhere.events.create(owner, request.hookCreated(hookId, tokenOf(log)));
      const error = await expectNoTrace('TOKEN_HELD', elsewhere, runId, () =>
        elsewhere.events.import(runId, log),
      );
      assert.equal(error.details.conflictingRunId, owner);
      await elsewhere.events.create(owner, request.hookDisposed(hookId));
      await elsewhere.events.import(runId, log);
      assert.equal((await elsewhere.hooks.getByToken(tokenOf(log))).runId, runId);
      const claim = await elsewhere.events.create(
        owner,
        request.hookCreated(uniqueId('hook'), tokenOf(log)),
      );
      assert.equal(eventOf(claim).eventType, 'hook_conflict');
    },
  },
  {
    id: 'P-import-token-released',
    title:
      'P import EN11 of a hook that was disposed later does not need its token, whoever holds it here',
    needs: [],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const { runId } = await startedRun(world);
      const token = uniqueId('token');
      await world.events.create(runId, request.hookCreated('hook-a', token));
      await world.events.create(runId, request.hookDisposed('hook-a'));
      const { runId: owner } = await startedRun(elsewhere);
      await elsewhere.events.create(owner, request.hookCreated('hook-b', token));
      await elsewhere.events.import(runId, await readLog(world, runId));
      assert.deepEqual(await readLog(elsewhere, runId), await readLog(world, runId));
      assert.equal((await elsewhere.hooks.getByToken(token)).runId, owner);
    },
  },
];
