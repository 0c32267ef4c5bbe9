import assert from 'node:assert/strict';
import type { EventRequest } from '../events.js';
import type { PaginationOptions } from '../pagination.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { listsOf } from './cursors.js';
import { expectInvalid, expectRefused, snapshot } from './expect.js';
import { foreignLog, startedRun } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const as = <T>(value: unknown): T => value as T;

/** Never an id, whatever of. */
const NO_IDS: readonly unknown[] = [
  undefined,
  null,
  '',
  7,
  {},
  [],
  'a\0b',
  '\ud800',
  'x'.repeat(1025),
];

const NO_RUN_IDS: readonly unknown[] = [
  ...NO_IDS,
  'wrun_',
  'run-1',
  '../../etc/passwd',
  'wrun_01M816YJ9AEF2S11KMR3YMM9ZCX',
  'wrun_01m816yj9aef2s11kmr3ymm9zc',
  'wrun_81M816YJ9AEF2S11KMR3YMM9ZC',
  'wrun_01M816YJ9AEF2S11KMR3YMM9ZU',
  'wrun_01M816YJ9AEF2S11KMR3YMM9ZC\n',
  '{wrun_01M816YJ9AEF2S11KMR3YMM9ZC}',
];

type Read = (world: World, id: string) => Promise<unknown>;

/** Every read that takes an id: the field that an error names, and the call. */
const READS: readonly (readonly [field: string, read: Read])[] = [
  ['runId', (world, id) => world.runs.get(id)],
  ['runId', (world, id) => world.events.get(id, 'evnt_00000000000000000000000000')],
  ['eventId', (world, id) => world.events.get(createRunId(), id)],
  ['runId', (world, id) => world.events.list({ runId: id })],
  ['correlationId', (world, id) => world.events.listByCorrelationId({ correlationId: id })],
  ['stepId', (world, id) => world.steps.get(undefined, id)],
  ['stepId', (world, id) => world.steps.get(createRunId(), id)],
  ['runId', (world, id) => world.steps.list({ runId: id })],
  ['hookId', (world, id) => world.hooks.get(id)],
  ['token', (world, id) => world.hooks.getByToken(id)],
  ['runId', (world, id) => world.waits.get(id, 'wait-a')],
  ['waitId', (world, id) => world.waits.get(createRunId(), id)],
  ['runId', (world, id) => world.waits.list({ runId: id })],
];

/** Bad ids, pages and options of calls other than appends. */
export const badReadTests: readonly ConformanceTest[] = [
  {
    id: 'B-run-ids',
    title: 'B bad input: run ids that are none, on every write',
    needs: [],
    async run({ world }) {
      const requests: EventRequest[] = [request.runCreated(), request.runStartedWithInput()];
      for (const runId of NO_RUN_IDS.map(as<string>)) {
        for (const one of requests) {
          if (runId === null && one.eventType === 'run_created') continue;
          await expectInvalid('runId', () => world.events.create(runId, as(one)));
        }
        await expectInvalid('runId', () => world.events.createBatch(runId, requests));
        await expectInvalid('runId', () => world.events.import(runId, foreignLog(createRunId())));
      }
      assert.deepEqual((await world.runs.list()).data, []);
      const { run } = await world.events.create(null, request.runCreated());
      assert.deepEqual((await world.runs.list()).data, [run], 'null lets the world make one');
    },
  },
  {
    id: 'B-read-ids',
    title: 'B bad input: ids that no store can hold, on every read',
    needs: [],
    async run({ world }) {
      for (const [field, read] of READS) {
        for (const id of NO_IDS.map(as<string>)) await expectInvalid(field, () => read(world, id));
      }
    },
  },
  {
    id: 'B-limits',
    title: 'B bad input: limits of 0, -1, 1001 and NaN, orders and cursors of the wrong type',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const before = await snapshot(world, runId);
      for (const list of Object.values(listsOf(world, runId))) {
        for (const limit of [0, -1, 1001, 1.5, Number.NaN, Infinity, '10', null].map(as<number>)) {
          await expectInvalid('pagination.limit', () => list({ limit }));
        }
        for (const sortOrder of ['up', 'ASC', 1, null]) {
          await expectInvalid('pagination.sortOrder', () => list(as({ sortOrder })));
        }
        for (const cursor of [7, {}, []].map(as<string>)) {
          await expectInvalid('pagination.cursor', () => list({ cursor }));
        }
        for (const pagination of ['first', 7].map(as<PaginationOptions>)) {
          await expectInvalid('pagination', () => list(pagination));
        }
        assert.ok((await list({ limit: 1000 })).data.length <= 1000);
      }
      for (const limit of [0, -1, 1001, 1.5, Number.NaN]) {
        await expectInvalid('limit', () => world.prune({ olderThan: new Date(), limit }));
      }
      await expectInvalid('status', () =>
        world.prune({ olderThan: new Date(), status: as('running') }),
      );
      await expectInvalid('olderThan', () => world.prune({ olderThan: new Date(Number.NaN) }));
      await expectInvalid('olderThan', () => world.prune(as({})));
      assert.deepEqual(await snapshot(world, runId), before);
    },
  },
  {
    id: 'B-filters',
    title: 'B bad input: filters and resolveData that are none',
    needs: [],
    async run({ world }) {
      const { runId, tail } = await startedRun(world);
      for (const status of ['done', 'RUNNING', 7]) {
        await expectInvalid('status', () => world.runs.list({ status: as(status) }));
      }
      for (const workflowName of [7, {}, 'a\0b', '\ud800'].map(as<string>)) {
        await expectInvalid('workflowName', () => world.runs.list({ workflowName }));
      }
      const resolveData = as<'all'>('some');
      const reads: readonly (() => Promise<unknown>)[] = [
        () => world.runs.get(runId, { resolveData }),
        () => world.runs.list({ resolveData }),
        () => world.events.get(runId, tail, { resolveData }),
        () => world.events.list({ runId, resolveData }),
        () => world.events.listByCorrelationId({ correlationId: 'a', resolveData }),
        () => world.steps.get(runId, 'a', { resolveData }),
        () => world.steps.list({ runId, resolveData }),
        () => world.hooks.get('a', { resolveData }),
        () => world.hooks.getByToken('a', { resolveData }),
        () => world.hooks.list({ resolveData }),
        () => world.waits.list({ runId, resolveData }),
      ];
      for (const read of reads) await expectInvalid('resolveData', read);
    },
  },
  {
    id: 'B-not-supported',
    title: 'B methods of a capability that a world lacks are NOT_SUPPORTED, and name it',
    needs: [],
    async run({ world, capabilities }) {
      assert.deepEqual(world.capabilities, capabilities, 'a world answers what it can do');
      const runId = createRunId();
      const calls = {
        queue: [
          () => world.getDeploymentId(),
          () => world.queue('__wkf_workflow_main', { runId }),
          async () => world.createQueueHandler('__wkf_workflow_', async () => {}),
        ],
        streams: [
          () => world.writeToStream('stream', runId, 'chunk'),
          () => world.writeToStreamMulti('stream', runId, ['chunk']),
          () => world.closeStream('stream', runId),
          () => world.readFromStream('stream'),
          () => world.listStreamsByRunId(runId),
          () => world.getStreamChunks('stream', runId),
          () => world.getStreamInfo('stream', runId),
        ],
      } satisfies Record<string, readonly (() => Promise<unknown>)[]>;
      for (const capability of ['queue', 'streams'] as const) {
        if (capabilities[capability]) continue;
        for (const call of calls[capability]) {
          const error = await expectRefused('NOT_SUPPORTED', call);
          assert.equal(error.details.capability, capability);
        }
      }
    },
  },
];
