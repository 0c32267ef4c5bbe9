import assert from 'node:assert/strict';
import type { StructuredError } from '../entities.js';
import { isEventId } from '../event-id.js';
import { createRunId } from '../run-id.js';
import { expectNoTrace, expectRefused, readLog, snapshot } from './expect.js';
import { expectFold } from './expect-fold.js';
import { createdRun, eventOf, startedRun, uniqueId } from './given.js';
import { race } from './race.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** The life of a run. */
export const runTests: readonly ConformanceTest[] = [
  {
    id: 'S-run-started-once',
    title: 'S run_started starts a run once; repeated, it appends nothing and startedAt stays',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await createdRun(world);
      const { events } = await race([world, other], 8, (instance) =>
        instance.events.create(runId, request.runStarted()),
      );
      assert.equal(events.length, 1);
      const [event] = events;
      const before = await snapshot(world, runId);
      const again = await other.events.create(runId, request.runStartedWithInput());
      assert.equal(again.event, undefined);
      assert.equal(again.run?.status, 'running');
      assert.deepEqual(again.run?.startedAt, event?.createdAt);
      assert.deepEqual(again.run, await world.runs.get(runId));
      assert.deepEqual(await snapshot(world, runId), before);
      await world.events.create(runId, request.runCompleted());
      const ended = await other.runs.get(runId);
      assert.deepEqual(ended.startedAt, event?.createdAt);
      assert.equal((await expectFold(world, runId)).length, 3);
    },
  },
  {
    id: 'S-run-started-returns-the-log',
    title: 'S L2 run_started returns the log so far, with a cursor that follows it',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await createdRun(world);
      const first = await world.events.create(runId, request.runStarted());
      assert.deepEqual(first.events, await readLog(world, runId));
      assert.equal(first.hasMore, false);
      const wait = eventOf(await other.events.create(runId, request.waitCreated('wait')));
      const again = await other.events.create(runId, request.runStarted());
      assert.deepEqual(again.events, await readLog(world, runId));
      assert.ok(typeof first.cursor === 'string');
      const page = await world.events.list({ runId, pagination: { cursor: first.cursor } });
      assert.deepEqual(page.data, [wait]);
      for await (const event of world.events.follow({ runId, cursor: first.cursor })) {
        assert.deepEqual(event, wait);
        break;
      }
    },
  },
  {
    id: 'S-run-started-long-log',
    title:
      'S L2 run_started on a long log returns its first page, hasMore and a cursor to the rest',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      for (const part of ['a', 'b']) {
        const waits = Array.from({ length: 600 }, (_, i) => request.waitCreated(`${part}-${i}`));
        await world.events.createBatch(runId, waits);
      }
      const {
        events = [],
        cursor,
        hasMore,
      } = await world.events.create(runId, request.runStarted());
      assert.equal(hasMore, true);
      assert.ok(typeof cursor === 'string' && events.length > 0 && events.length < 1202);
      const rest = await world.events.list({ runId, pagination: { cursor, limit: 1000 } });
      assert.deepEqual([...events, ...rest.data], await readLog(world, runId));
    },
  },
  {
    id: 'S-run-started-creates',
    title:
      'S LO8 FE5 run_started with full input on an absent run commits run_created and run_started',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      const { events } = await race([world, other], 8, (instance) =>
        instance.events.create(runId, request.runStartedWithInput()),
      );
      assert.equal(events.length, 1, 'one of them starts it');
      const log = await expectFold(world, runId);
      assert.deepEqual(
        log.map(({ eventType }) => eventType),
        ['run_created', 'run_started'],
      );
      const run = await other.runs.get(runId);
      assert.equal(run.status, 'running');
      assert.deepEqual(run.input, request.runCreated().eventData.input);
      assert.equal(run.lastKnownEventId, log[1]?.eventId);
      assert.deepEqual(events, [log[1]]);
      await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        other.events.create(runId, request.waitCreated('canary'), {
          lastKnownEventId: log[0]?.eventId,
        }),
      );
      await other.events.create(runId, request.waitCreated('wait'), {
        lastKnownEventId: log[1]?.eventId,
      });
    },
  },
  {
    id: 'S-run-id-made-by-the-world',
    title: 'S run_created without a run id makes one, and its result is the run as it is read',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          (i % 2 ? world : other).events.create(null, request.runCreated()),
        ),
      );
      const ids = new Set(results.map(({ run }) => run?.runId));
      assert.equal(ids.size, 8);
      for (const { run, event } of results) {
        assert.ok(run !== undefined && isEventId(event?.eventId));
        assert.deepEqual(await other.runs.get(run.runId), run);
        await expectFold(world, run.runId);
      }
    },
  },
  {
    id: 'S-run-end-closes',
    title:
      'S the end of a run closes its open waits and releases its hooks; what was completed stays',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      for (const end of [request.runCompleted, request.runFailed, request.runCancelled]) {
        const { runId } = await startedRun(world);
        const { wait } = await world.events.create(runId, request.waitCreated('done'));
        await world.events.create(runId, request.waitCompleted('done'));
        await world.events.create(runId, request.waitCreated('open'));
        await world.events.create(runId, request.hookCreated('hook', uniqueId('token')));
        await world.events.create(runId, end());
        await expectRefused('WAIT_NOT_FOUND', () => other.waits.get(runId, 'open'));
        const { data: waits } = await other.waits.list({ runId });
        assert.deepEqual(
          waits.map(({ waitId, status, resumeAt }) => ({ waitId, status, resumeAt })),
          [{ waitId: 'done', status: 'completed', resumeAt: wait?.resumeAt }],
        );
        assert.deepEqual((await other.hooks.list({ runId })).data, []);
        for (const id of ['open', 'done']) {
          await expectNoTrace('RUN_TERMINAL', world, runId, () =>
            other.events.create(runId, request.waitCreated(id)),
          );
        }
        await expectFold(other, runId);
      }
    },
  },
  {
    id: 'S-run-error',
    title:
      'S the error of a failed run is { message, stack, code }, and the event keeps what was sent',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const cases: readonly [Record<string, unknown> & { error: unknown }, StructuredError][] = [
        [{ error: 'it broke' }, { message: 'it broke' }],
        [
          { error: { message: 'it broke', stack: 'at x' }, errorCode: 'USER_ERROR' },
          { message: 'it broke', stack: 'at x', code: 'USER_ERROR' },
        ],
        [
          { error: { message: 'it broke', code: 'RUNTIME_ERROR' } },
          { message: 'it broke', code: 'RUNTIME_ERROR' },
        ],
        [{ error: { reason: 7n } }, { message: '{"reason":"7n"}' }],
      ];
      for (const [eventData, expected] of cases) {
        const { runId } = await startedRun(world);
        const result = await world.events.create(runId, { eventType: 'run_failed', eventData });
        const run = await other.runs.get(runId);
        assert.deepEqual(run.error, expected);
        assert.deepEqual(result.run, run);
        assert.equal(run.output, undefined);
        const last = (await expectFold(other, runId)).at(-1);
        assert.ok(last?.eventType === 'run_failed');
        assert.deepEqual(last.eventData, eventData);
      }
    },
  },
];
