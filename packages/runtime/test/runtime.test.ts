import type { WorkflowRun } from '@world/contract';
import { createWorld as createMemory } from '@world/memory';
import {
  createRuntime,
  FatalError,
  type HookConflictError,
  RetryableError,
  StepFailedError,
  type WorkflowContext,
} from '@world/runtime';
import { describe, expect, it, onTestFinished } from 'vitest';
import { givenRuntime, givenWorld, logOf, until, whenOpen } from './given.js';

describe('a run', () => {
  it('runs steps in sequence and at once, and gives what its workflow returns', async () => {
    const steps = { double: (n: number) => 2 * n, none: () => undefined };
    const runtime = givenRuntime({
      world: givenWorld(),
      steps,
      workflows: {
        async sum(context: WorkflowContext<typeof steps>, n: number) {
          const first = await context.step('double', n);
          const rest = await Promise.all([1, 2, 3].map((i) => context.step('double', first + i)));
          const nothing = await context.step('none');
          return [first, ...rest, nothing];
        },
      },
    });
    const { runId } = await runtime.start('sum', 1);
    expect(await runtime.result(runId)).toEqual([2, 6, 8, 10, null]);
  });

  it('with a run id of the caller is started once', async () => {
    const { createRunId } = await import('@world/contract');
    const runId = createRunId();
    const runtime = givenRuntime({ world: givenWorld(), workflows: { async one() {} } });
    await runtime.start('one', null, { runId });
    await expect(runtime.start('one', null, { runId })).rejects.toMatchObject({
      code: 'RUN_EXISTS',
    });
  });

  it('fails with what its workflow throws', async () => {
    const runtime = givenRuntime({
      world: givenWorld(),
      workflows: {
        async bad() {
          throw new TypeError('no good');
        },
        async long() {
          throw new Error(`\0${'x'.repeat(5_000_000)}`);
        },
      },
    });
    const { runId: long } = await runtime.start('long');
    await expect(runtime.result(long)).rejects.toMatchObject({ code: 'USER_ERROR' });
    const { runId } = await runtime.start('bad');
    await expect(runtime.result(runId)).rejects.toMatchObject({
      name: 'RunFailedError',
      code: 'USER_ERROR',
      message: 'no good',
      runId,
    });
  });

  it('fails when its workflow gives something that no store takes', async () => {
    const runtime = givenRuntime({
      world: givenWorld(),
      workflows: { bad: async () => () => {} },
    });
    const { runId } = await runtime.start('bad');
    await expect(runtime.result(runId)).rejects.toMatchObject({ code: 'USER_ERROR' });
  });

  it('can be cancelled, which its steps find out', async () => {
    const world = givenWorld();
    const runtime = givenRuntime({
      world,
      workflows: {
        async forever({ sleep }) {
          await sleep(3_600_000);
        },
      },
    });
    const { runId } = await runtime.start('forever');
    await runtime.cancel(runId);
    await expect(runtime.result(runId)).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
  });

  it('is waited for as long as the caller wants', async () => {
    const runtime = givenRuntime({
      world: givenWorld(),
      workflows: {
        async forever({ sleep }) {
          await sleep(3_600_000);
        },
      },
    });
    const { runId } = await runtime.start('forever');
    const waiting = new AbortController();
    const result = runtime.result(runId, { signal: waiting.signal });
    waiting.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    await expect(runtime.result('wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV')).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
  });
});

describe('a step', () => {
  it('that throws is tried again, and told which attempt it is', async () => {
    const attempts: number[] = [];
    const runtime = givenRuntime({
      world: givenWorld(),
      steps: {
        shaky: (_: null, { attempt }) => {
          attempts.push(attempt);
          if (attempt < 3) throw new RetryableError('not yet', { retryAfter: 1 });
          return attempt;
        },
      },
      workflows: { flow: ({ step }) => step('shaky', null) },
    });
    const { runId } = await runtime.start('flow');
    expect(await runtime.result(runId)).toBe(3);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('that throws too often, or a FatalError, has failed', async () => {
    let attempts = 0;
    const reasons: string[] = [];
    const runtime = givenRuntime({
      world: givenWorld(),
      steps: {
        fatal: () => {
          throw new FatalError('never');
        },
        broken: () => {
          attempts += 1;
          throw new Error('again');
        },
        unstorable: () => () => {},
      },
      workflows: {
        async flow({ step }) {
          for (const name of ['fatal', 'broken', 'unstorable', 'missing'] as never[]) {
            await (step as (name: string) => Promise<unknown>)(name).catch((error: unknown) => {
              if (!(error instanceof StepFailedError)) throw error;
              reasons.push(`${error.stepName}: ${error.message}`);
            });
          }
        },
      },
    });
    const { runId } = await runtime.start('flow');
    await runtime.result(runId);
    expect(attempts).toBe(4);
    expect([...new Set(reasons)]).toEqual([
      'fatal: never',
      'broken: again',
      expect.stringContaining('unstorable: '),
      'missing: no step is named missing here',
    ]);
  });
});

describe('a sleep', () => {
  it('ends when its time has come, and the clock of the workflow says so', async () => {
    const world = givenWorld();
    const runtime = givenRuntime({
      world,
      workflows: {
        async flow({ sleep, now }) {
          const times = [now()];
          await sleep(20);
          times.push(now());
          await sleep(new Date(now() + 30));
          times.push(now());
          return times;
        },
      },
    });
    const { runId } = await runtime.start('flow');
    const [a = 0, b = 0, c = 0] = await runtime.result<number[]>(runId);
    expect([b - a, c - b]).toEqual([20, 30]);
    const { startedAt, completedAt } = (await world.runs.get(runId)) as WorkflowRun;
    expect(startedAt?.getTime()).toBe(a);
    expect(completedAt?.getTime()).toBeGreaterThanOrEqual(c);
  });
});

describe('a sleep of odd length', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d fails the run', async (ms) => {
    const runtime = givenRuntime({
      world: givenWorld(),
      workflows: { flow: ({ sleep }) => sleep(ms) },
    });
    const { runId } = await runtime.start('flow');
    await expect(runtime.result(runId)).rejects.toMatchObject({ code: 'USER_ERROR' });
  });

  it('into the past is over at once', async () => {
    const runtime = givenRuntime({
      world: givenWorld(),
      workflows: { flow: ({ sleep }) => sleep(-1000) },
    });
    const { runId } = await runtime.start('flow');
    await runtime.result(runId);
  });

  it('of a thousand years waits in the queue', async () => {
    const world = givenWorld();
    const problems: string[] = [];
    const runtime = givenRuntime({
      world,
      queue: { onProblem: (problem) => problems.push(problem) },
      workflows: { flow: ({ sleep }) => sleep(new Date('3026-01-01')) },
    });
    const { runId } = await runtime.start('flow');
    const [message] = await until(async () => {
      const left = await world.messages.list({ runId, limit: 10 });
      return left.length === 1 && (left[0]?.dueAt ?? 0) > Date.now() + 1e9 ? left : undefined;
    });
    expect(message).toMatchObject({ state: 'waiting', failures: 0 });
    expect(problems).toEqual([]);
  });
});

describe('a hook', () => {
  it('gives each payload once, in order, to whoever waits', async () => {
    const runtime = givenRuntime({
      world: givenWorld(),
      workflows: {
        async flow({ hook }) {
          const door = hook<string>({ token: 'door' });
          const seen: string[] = [];
          for await (const payload of door) {
            seen.push(payload);
            if (payload === 'last') door.dispose();
          }
          return seen;
        },
      },
    });
    const { runId } = await runtime.start('flow');
    for (const payload of ['a', 'b', 'last'])
      await whenOpen(() => runtime.resumeHook('door', payload));
    expect(await runtime.result(runId)).toEqual(['a', 'b', 'last']);
    await expect(runtime.resumeHook('door', 'late')).rejects.toMatchObject({
      code: 'HOOK_NOT_FOUND',
    });
  });

  it('whose token is held rejects, and a disposed one frees it, in the same breath', async () => {
    const world = givenWorld();
    const runtime = givenRuntime({
      world,
      workflows: {
        async holder({ hook, sleep }) {
          hook({ token: 'one' });
          await sleep(3_600_000);
        },
        async taker({ hook }) {
          const door = hook({ token: 'one' });
          return door.next().catch((error: unknown) => (error as HookConflictError).code);
        },
        async passer({ hook, sleep }) {
          hook({ token: 'two' }).dispose();
          await sleep(3_600_000);
        },
      },
    });
    const { runId: holder } = await runtime.start('holder');
    await whenOpen(() => runtime.resumeHook('one', null));
    const { runId } = await runtime.start('taker');
    expect(await runtime.result(runId)).toBe('TOKEN_HELD');
    await runtime.cancel(holder);
    const { runId: passer } = await runtime.start('passer');
    const log = await until(async () => {
      const events = await logOf(world, passer);
      return events.length === 5 ? events : undefined;
    });
    expect(log.map(({ eventType }) => eventType).sort()).toEqual([
      'hook_created',
      'hook_disposed',
      'run_created',
      'run_started',
      'wait_created',
    ]);
  });

  it('is not resumed when something has happened since the time that the caller names', async () => {
    const world = givenWorld();
    const runtime = givenRuntime({
      world,
      workflows: {
        async flow({ hook }) {
          return hook({ token: 'late' }).next();
        },
      },
    });
    const { runId } = await runtime.start('flow');
    const [, , created] = await until(async () => {
      const log = await logOf(world, runId);
      return log.length === 3 ? log : undefined;
    });
    const asOfTimestamp = created?.createdAt.getTime() as number;
    await expect(runtime.resumeHook('late', 1, { asOfTimestamp })).rejects.toMatchObject({
      code: 'FENCE_CONFLICT',
    });
    await runtime.resumeHook('late', 2, { asOfTimestamp: asOfTimestamp + 60_000 });
    expect(await runtime.result(runId)).toBe(2);
  });
});

describe('options', () => {
  it.each([
    [{ fence: 'Tail' }, 'fence'],
    [{ overlap: 0 }, 'overlap'],
    [{ queue: { concurrency: 0 } }, 'queue.concurrency'],
  ])('that are wrong are refused: %j', (options, field) => {
    const wrong = { world: givenWorld(), workflows: {}, ...options } as never;
    expect(() => createRuntime(wrong)).toThrow(field);
  });
});

describe('deliveries from elsewhere', () => {
  it('are taken when they are signed', async () => {
    const namespace = crypto.randomUUID();
    const world = createMemory({ namespace });
    const runtime = givenRuntime({
      world,
      queue: { role: 'producer' },
      steps: { one: () => 1 },
      workflows: { flow: ({ step }) => step('one') },
    });
    // What delivers: another world on the same data, as `world serve --deliver-to` has one.
    const dispatcher = createMemory({
      namespace,
      queue: {
        baseUrl: 'http://app.invalid',
        fetch: (url, init) => runtime.fetch(new Request(url as string, init)),
      },
    });
    onTestFinished(async () => {
      await dispatcher.close();
      await world.close();
    });
    const { runId } = await runtime.start('flow');
    const forged = new Request('http://app.invalid/.well-known/workflow/v1/flow', {
      method: 'POST',
    });
    expect((await runtime.fetch(forged)).ok).toBe(false);
    await dispatcher.start();
    await expect(runtime.result(runId)).resolves.toBe(1);
  });
});
