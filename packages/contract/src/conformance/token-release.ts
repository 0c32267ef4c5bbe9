import assert from 'node:assert/strict';
import type { EventResult } from '../world.js';
import { expectNoTrace, expectRefused, readLog } from './expect.js';
import { expectFold } from './expect-fold.js';
import { expectConflict, expectFree } from './expect-token.js';
import { startedRun, uniqueId } from './given.js';
import { race } from './race.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const ENDS = [request.runCompleted, request.runFailed, request.runCancelled] as const;

/** When tokens are free again. */
export const tokenReleaseTests: readonly ConformanceTest[] = [
  {
    id: 'EN11-disposal-frees-the-token',
    title:
      'S EN11 a disposed token is free at once: in this run, in another run, from another instance',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const token = uniqueId('token');
      const here = await startedRun(world);
      const there = await startedRun(world);
      let hookId = await expectFree(world, here.runId, token);
      for (const { runId } of [here, here, there, here]) {
        const owner = (await other.hooks.getByToken(token)).runId;
        const claim = request.hookCreated(uniqueId('hook'), token);
        expectConflict(await other.events.create(there.runId, claim), token, owner);
        await world.events.create(owner, request.hookDisposed(hookId));
        await expectRefused('HOOK_NOT_FOUND', () => other.hooks.getByToken(token));
        hookId = await expectFree(other, runId, token);
      }
      for (const { runId } of [here, there]) await expectFold(world, runId);
    },
  },
  {
    id: 'EN11-run-end-frees-the-token',
    title: 'S EN11 the end of a run frees its tokens at once: completed, failed and cancelled',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const next = await startedRun(world);
      for (const end of ENDS) {
        const { runId } = await startedRun(world);
        const tokens = [uniqueId('token'), uniqueId('token')];
        for (const token of tokens) await expectFree(world, runId, token);
        await world.events.create(runId, end());
        for (const token of tokens) {
          await expectRefused('HOOK_NOT_FOUND', () => other.hooks.getByToken(token));
          await expectFree(other, next.runId, token);
        }
        await expectFold(world, runId);
      }
    },
  },
  {
    id: 'EN11-only-own-tokens-are-freed',
    title:
      'S EN11 the end of a run that had disposed a token, or lost it, leaves its new owner alone',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const owner = await startedRun(world);
      for (const end of ENDS) {
        const { runId } = await startedRun(world);
        const [passedOn, lost] = [uniqueId('token'), uniqueId('token')];
        const disposed = await expectFree(world, runId, passedOn);
        await world.events.create(runId, request.hookDisposed(disposed));
        const kept = [
          { token: passedOn, hookId: await expectFree(other, owner.runId, passedOn) },
          { token: lost, hookId: await expectFree(other, owner.runId, lost) },
        ];
        const loser = await world.events.create(runId, request.hookCreated('loser', lost));
        expectConflict(loser, lost, owner.runId);
        await expectNoTrace('HOOK_NOT_FOUND', world, runId, () =>
          world.events.create(runId, request.hookDisposed('loser')),
        );
        await world.events.create(runId, end());
        for (const { token, hookId } of kept) {
          assert.equal((await world.hooks.getByToken(token)).hookId, hookId);
          const third = await startedRun(world);
          const claim = request.hookCreated(uniqueId('hook'), token);
          expectConflict(await world.events.create(third.runId, claim), token, owner.runId);
        }
      }
    },
  },
  {
    id: 'EN11-tokens-within-a-batch',
    title: 'S EN11 F10 a batch may dispose a token and claim it again, and meets its own claims',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const token = uniqueId('token');
      await world.events.create(runId, request.hookCreated('first', token));
      const { results } = await world.events.createBatch(runId, [
        request.hookDisposed('first'),
        request.hookCreated('second', token),
        request.hookCreated('third', token),
      ]);
      assert.equal(results[1]?.hook?.hookId, 'second');
      expectConflict(results[2] ?? {}, token, runId);
      assert.equal((await other.hooks.getByToken(token)).hookId, 'second');
      await world.events.createBatch(runId, [
        request.hookDisposed('second'),
        request.hookCreated('fourth', token),
        request.hookDisposed('fourth'),
      ]);
      const next = await startedRun(world);
      await expectFree(other, next.runId, token);
      const ended = uniqueId('token');
      await world.events.createBatch(runId, [
        request.hookCreated('last', ended),
        request.runCompleted(),
      ]);
      await expectFree(other, next.runId, ended);
      await expectFold(world, runId);
    },
  },
  {
    id: 'EN11-handed-over-under-load',
    title: 'S EN11 a token that is claimed and disposed by racing runs never has two owners',
    needs: [],
    async run({ world, open }) {
      const worlds = [world, await open()];
      const token = uniqueId('token');
      const runs = await Promise.all(Array.from({ length: 4 }, () => startedRun(world)));
      await race(worlds, 4, async (instance, i) => {
        const runId = runs[i]?.runId ?? '';
        let last: EventResult = {};
        for (let turn = 0; turn < 16; turn += 1) {
          const hookId = `${runId}-${turn}`;
          last = await instance.events.create(runId, request.hookCreated(hookId, token));
          if (last.event?.eventType !== 'hook_created') continue;
          assert.equal((await instance.hooks.getByToken(token)).hookId, hookId);
          last = await instance.events.create(runId, request.hookDisposed(hookId));
        }
        return last;
      });
      for (const { runId } of runs) await expectFold(world, runId);
      const next = await startedRun(world);
      await expectFree(world, next.runId, token);
      assert.equal((await readLog(world, next.runId)).length, 3);
    },
  },
];
