import assert from 'node:assert/strict';
import { expectNoTrace, expectRefused } from './expect.js';
import { expectFold } from './expect-fold.js';
import { assertConflict, expectConflict, expectFree } from './expect-token.js';
import { eventOf, startedRun, uniqueId } from './given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const TOKENS: readonly string[] = [
  'a:b:c',
  '{run}{tag}',
  '}{',
  ' leading and trailing ',
  'über/😀 👩‍👩‍👧',
  'percent%20?&#*[a-z]\\"\'',
  'line\nbreak\ttab',
  'x'.repeat(1000),
  '__proto__',
];

/** Hook tokens: one live owner each, in the whole world. */
export const tokenTests: readonly ConformanceTest[] = [
  {
    id: 'EN9-one-owner',
    title:
      'S EN9 of 16 runs that claim one token at once one gets it, 15 get hook_conflict with its run',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const token = uniqueId('token');
      const runs = await Promise.all(Array.from({ length: 16 }, () => startedRun(world)));
      const claims = await Promise.all(
        runs.map(({ runId }, i) =>
          (i % 2 ? world : other).events.create(runId, request.hookCreated('hook', token)),
        ),
      );
      const won = claims.filter(({ event }) => event?.eventType === 'hook_created');
      assert.equal(won.length, 1);
      const owner = eventOf(won[0] ?? {}).runId;
      for (const claim of claims) {
        if (claim !== won[0]) expectConflict(claim, token, owner);
      }
      for (const instance of [world, other]) {
        assert.equal((await instance.hooks.getByToken(token)).runId, owner);
      }
      for (const { runId } of runs) assert.equal((await expectFold(other, runId)).length, 3);
    },
  },
  {
    id: 'EN9-one-owner-processes',
    title: 'S EN9 EN10 of 12 processes that claim one token over and over one owns it, once',
    needs: ['shared'],
    async run({ world, processes }) {
      const token = uniqueId('token');
      const runs = await Promise.all(Array.from({ length: 12 }, () => startedRun(world)));
      const outcomes = await processes.runAll(
        'appendSame',
        runs.map(({ runId }) => ({
          runId,
          request: request.hookCreated('hook', token),
          count: 4,
        })),
      );
      const all = outcomes.flat();
      const count = (outcome: string) => all.filter((one) => one === outcome).length;
      assert.deepEqual(
        [count('hook_created'), count('hook_conflict'), count('HOOK_EXISTS')],
        [1, 11, 36],
      );
      const owner = (await world.hooks.getByToken(token)).runId;
      for (const { runId } of runs) {
        const log = await expectFold(world, runId);
        assert.equal(log.length, 3);
        if (runId === owner) assert.equal(log[2]?.eventType, 'hook_created');
        else assertConflict(log[2], token, owner);
      }
    },
  },
  {
    id: 'F4-refused-claims-nothing',
    title:
      'F4 FE3 a refused hook_created leaves its token free, a refused disposal leaves it claimed',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId, tail } = await startedRun(world);
      const held = uniqueId('token');
      await world.events.create(runId, request.hookCreated('hook', held));
      const ended = await startedRun(world);
      await world.events.create(ended.runId, request.runCompleted());
      const next = await startedRun(world);
      const fence = { lastKnownEventId: tail };
      const claim = (id: string, token: string) => request.hookCreated(id, token);
      const cases = [
        ['FENCE_CONFLICT', runId, (t: string) => world.events.create(runId, claim('x', t), fence)],
        ['HOOK_EXISTS', runId, (t: string) => world.events.create(runId, claim('hook', t))],
        [
          'RUN_TERMINAL',
          ended.runId,
          (t: string) => world.events.create(ended.runId, claim('x', t)),
        ],
        [
          'STEP_NOT_FOUND',
          runId,
          (t: string) =>
            world.events.createBatch(runId, [claim('x', t), request.stepStarted('absent')]),
        ],
      ] as const;
      for (const [code, refusing, call] of cases) {
        const token = uniqueId('token');
        await expectNoTrace(code, world, refusing, () => call(token));
        await expectRefused('HOOK_NOT_FOUND', () => other.hooks.getByToken(token));
        await expectFree(other, next.runId, token);
      }
      const dispose = request.hookDisposed('hook');
      await expectNoTrace('FENCE_CONFLICT', world, runId, () =>
        world.events.create(runId, dispose, fence),
      );
      await expectNoTrace('STEP_NOT_FOUND', world, runId, () =>
        world.events.createBatch(runId, [dispose, request.stepStarted('absent')]),
      );
      const late = await other.events.create(next.runId, claim('late', held));
      expectConflict(late, held, runId);
    },
  },
  {
    id: 'S-tokens-of-any-text',
    title:
      'S tokens may hold braces, colons, spaces, emoji and 1000 characters, and none is another',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const rival = await startedRun(world);
      for (const [i, token] of TOKENS.entries()) {
        const id = `hook {${i}}: 😀`;
        const { hook, event } = await world.events.create(runId, request.hookCreated(id, token));
        assert.equal(event?.eventType, 'hook_created');
        assert.deepEqual(await other.hooks.getByToken(token), hook);
        assert.deepEqual(await other.hooks.get(id), hook);
        const lost = await other.events.create(rival.runId, request.hookCreated(id, token));
        expectConflict(lost, token, runId);
        await expectRefused('HOOK_NOT_FOUND', () => other.hooks.getByToken(`${token} `));
      }
      await expectFold(other, runId);
      await world.events.create(runId, request.runCancelled());
      for (const token of TOKENS) await expectFree(other, rival.runId, token);
    },
  },
];
