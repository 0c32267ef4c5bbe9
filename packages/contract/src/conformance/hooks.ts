import assert from 'node:assert/strict';
import { HookNotFoundError } from '../errors.js';
import type { World } from '../world.js';
import { expectNoTrace, expectRefused, readAll, readLog } from './expect.js';
import { expectFold } from './expect-fold.js';
import { createdRun, startedRun, uniqueId } from './given.js';
import { race } from './race.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const ENDS = [request.runCompleted, request.runFailed, request.runCancelled] as const;

/** Asserts that no instance shows the hook in any way. */
async function expectHidden(
  worlds: readonly World[],
  hook: { runId: string; hookId: string; token: string },
): Promise<void> {
  for (const world of worlds) {
    for (const read of [
      () => world.hooks.get(hook.hookId),
      () => world.hooks.getByToken(hook.token),
    ]) {
      assert.ok(HookNotFoundError.is(await expectRefused('HOOK_NOT_FOUND', read)));
    }
    const lists = [{ runId: hook.runId }, {}];
    for (const list of lists) {
      const hooks = await readAll((cursor) =>
        world.hooks.list({ ...list, pagination: { cursor } }),
      );
      assert.ok(!hooks.some(({ hookId }) => hookId === hook.hookId));
    }
  }
}

/** Hooks as they are received, disposed, read and listed. */
export const hookTests: readonly ConformanceTest[] = [
  {
    id: 'EN8-received-too-late',
    title:
      'S EN8 hook_received after the disposal or the end of the run is 404 HOOK_NOT_FOUND, from every instance',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const lasts = [...ENDS, () => request.hookDisposed('hook')];
      for (const last of lasts) {
        const { runId } = await startedRun(world);
        const token = uniqueId('token');
        await world.events.create(runId, request.hookCreated('hook', token));
        await other.events.create(runId, request.hookReceived('hook'));
        await world.events.create(runId, last());
        for (const instance of [world, other]) {
          const error = await expectNoTrace('HOOK_NOT_FOUND', world, runId, () =>
            instance.events.create(runId, request.hookReceived('hook')),
          );
          assert.ok(HookNotFoundError.is(error));
          assert.equal(error.status, 404);
        }
        await expectFold(world, runId);
      }
    },
  },
  {
    id: 'EN8-received-too-late-processes',
    title:
      'S EN8 hook_received after the end of the run is HOOK_NOT_FOUND, from another process too',
    needs: ['shared'],
    async run({ world, processes }) {
      const { runId } = await startedRun(world);
      await world.events.create(runId, request.hookCreated('hook', uniqueId('token')));
      await world.events.create(runId, request.runCompleted());
      const job = { runId, request: request.hookReceived('hook'), count: 4 };
      const outcomes = (await processes.runAll('appendSame', [job, job])).flat();
      assert.deepEqual(outcomes, Array(8).fill('HOOK_NOT_FOUND'));
      assert.equal((await expectFold(world, runId)).length, 4);
    },
  },
  {
    id: 'EN8-received-or-ended',
    title: 'S EN8 of payloads that race the disposal or the end of the run none lands behind it',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const lasts = [...ENDS, () => request.hookDisposed('hook')];
      for (const last of lasts) {
        const { runId } = await startedRun(world);
        await world.events.create(runId, request.hookCreated('hook', uniqueId('token')));
        const { events, refusals } = await race([world, other], 16, (instance, i) =>
          instance.events.create(runId, i === 7 ? last() : request.hookReceived('hook')),
        );
        assert.ok(refusals.every(({ code }) => code === 'HOOK_NOT_FOUND'));
        const log = await expectFold(world, runId);
        assert.equal(log.length, 3 + events.length);
        assert.equal(log.at(-1)?.eventType, last().eventType);
      }
    },
  },
  {
    id: 'EN10-hook-created-again',
    title:
      'S EN10 a repeated hook_created of one hook is HOOK_EXISTS and one event, never a conflict',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const token = uniqueId('token');
      await world.events.create(runId, request.hookCreated('hook', token));
      const rival = await startedRun(world);
      await world.events.create(rival.runId, request.hookCreated('hook', token));
      for (const one of [runId, rival.runId]) {
        for (const instance of [world, other]) {
          await expectNoTrace('HOOK_EXISTS', world, one, () =>
            instance.events.create(one, request.hookCreated('hook', token)),
          );
        }
        assert.equal((await expectFold(world, one)).length, 3);
      }
      await world.events.create(runId, request.hookDisposed('hook'));
      for (const one of [runId, rival.runId]) {
        await expectNoTrace('HOOK_EXISTS', world, one, () =>
          other.events.create(one, request.hookCreated('hook', token)),
        );
      }
    },
  },
  {
    id: 'S-hooks-show-live-ones',
    title: 'S get, getByToken and list show live hooks only, in one run and across runs',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const live: string[] = [];
      for (const end of [undefined, ...ENDS]) {
        const { runId } = await startedRun(world);
        const hooks = ['a', 'b', 'c'].map((name) => ({
          runId,
          hookId: `${runId}-${name}`,
          token: uniqueId('token'),
        }));
        for (const { hookId, token } of hooks) {
          const { hook } = await world.events.create(runId, request.hookCreated(hookId, token));
          assert.deepEqual(await other.hooks.get(hookId), hook);
          assert.deepEqual(await other.hooks.getByToken(token), hook);
        }
        const [first, ...rest] = hooks;
        assert.ok(first !== undefined);
        await world.events.create(runId, request.hookDisposed(first.hookId));
        await expectHidden([world, other], first);
        if (end === undefined) live.push(...rest.map(({ hookId }) => hookId));
        else {
          await world.events.create(runId, end());
          for (const hook of rest) await expectHidden([world, other], hook);
        }
      }
      const { runId } = await createdRun(world);
      const last = uniqueId('hook');
      await world.events.create(runId, request.hookCreated(last, uniqueId('token')));
      live.push(last);
      for (const limit of [1, 2, 100]) {
        const hooks = await readAll((cursor) =>
          other.hooks.list({ pagination: { cursor, limit, sortOrder: 'asc' } }),
        );
        assert.deepEqual(
          hooks.map(({ hookId }) => hookId),
          live,
        );
      }
    },
  },
  {
    id: 'S-token-handed-over',
    title: 'S a token that one batch hands from hook to hook is found by getByToken at any time',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const token = uniqueId('token');
      await world.events.create(runId, request.hookCreated('hook-0', token));
      for (let i = 0; i < 100; i += 1) {
        const found = Promise.all([world, other].map(({ hooks }) => hooks.getByToken(token)));
        const handover = world.events.createBatch(runId, [
          request.hookDisposed(`hook-${i}`),
          request.hookCreated(`hook-${i + 1}`, token),
        ]);
        const [hooks] = await Promise.all([found, handover]);
        for (const { hookId } of hooks) assert.match(hookId, new RegExp(`^hook-(${i}|${i + 1})$`));
      }
    },
  },
  {
    id: 'S-hook-shape',
    title: 'S a hook has its token, metadata and the strings ownerId, projectId and environment',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const token = uniqueId('token');
      const { hook, event } = await world.events.create(runId, request.hookCreated('hook', token));
      assert.ok(hook !== undefined);
      for (const field of ['ownerId', 'projectId', 'environment'] as const) {
        assert.equal(typeof hook[field], 'string');
      }
      assert.equal(hook.token, token);
      assert.deepEqual(hook.metadata, Uint8Array.of(7));
      assert.deepEqual(hook.createdAt, event?.createdAt);
      const received = await other.events.create(runId, request.hookReceived('hook'));
      assert.deepEqual(received.hook, hook, 'a payload changes nothing but the log');
      assert.equal((await other.hooks.get('hook', { resolveData: 'none' })).metadata, undefined);
      const disposed = await other.events.create(runId, request.hookDisposed('hook'));
      assert.equal(disposed.hook, undefined);
      assert.deepEqual((await readLog(world, runId)).at(-1), disposed.event);
    },
  },
];
