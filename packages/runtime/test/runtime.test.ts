import { createRunId, type WorkflowRun } from '@world/contract';
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

  it('whose message was lost is woken by a repeated start', async () => {
    const world = givenWorld();
    const runId = createRunId();
    const eventData = { deploymentId: 'local', workflowName: 'flow', input: null };
    await world.events.create(runId, { eventType: 'run_created', eventData });
    const workflows = { flow: async () => 'woken' };
    const runtime = givenRuntime({ world, workflows, queue: { recovery: false } });
    await expect(runtime.start('flow', null, { runId })).rejects.toMatchObject({
      code: 'RUN_EXISTS',
    });
    await expect(runtime.result(runId)).resolves.toBe('woken');
    await expect(runtime.start('')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('fails when its workflow waits for something that is in no log', async () => {
    const runtime = givenRuntime({
      world: givenWorld(),
      workflows: {
        async flow({ step }) {
          await step('one');
          await new Promise(() => {});
        },
      },
      steps: { one: () => 1 },
    });
    const { runId } = await runtime.start('flow');
    await expect(runtime.result(runId)).rejects.toThrow(
      'waits for something that is not in its log',
    );
  });

  it.each([Symbol('odd'), null, { message: { deep: 1 } }])(
    'fails with odd things: %s',
    async (odd) => {
      const runtime = givenRuntime({
        world: givenWorld(),
        workflows: {
          async flow() {
            throw odd;
          },
        },
      });
      const { runId } = await runtime.start('flow');
      await expect(runtime.result(runId)).rejects.toMatchObject({ code: 'USER_ERROR' });
    },
  );

  it('can be cancelled', async () => {
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
        odd: () => {
          throw Object.create(null);
        },
      },
      workflows: {
        async flow({ step }) {
          for (const name of ['fatal', 'broken', 'unstorable', 'odd'] as never[]) {
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
      'odd: [Object: null prototype] {}',
    ]);
  });
});

describe('a step or a workflow that this process does not know', () => {
  it.each(['missing', 'toString'])('is no failure of it: %s', async (name) => {
    const namespace = crypto.randomUUID();
    const [old, knowing] = [createMemory({ namespace }), createMemory({ namespace })];
    const problems: string[] = [];
    const workflows = { flow: ({ step }: WorkflowContext) => step(name) };
    const queue = { onProblem: (problem: string) => problems.push(problem) };
    const runtime = givenRuntime({ world: old, workflows, queue });
    onTestFinished(async () => {
      await knowing.close();
      await old.close();
    });
    const { runId } = await runtime.start('flow');
    await until(async () => (problems.length > 0 ? true : undefined));
    expect(problems[0]).toContain(`no step is named ${name} here`);
    expect((await old.steps.list({ runId })).data).toMatchObject([{ attempt: 0 }]);
    await runtime.close();
    const steps = { [name]: () => 'known' };
    const newer = givenRuntime({ world: knowing, workflows, steps });
    await expect(newer.result(runId)).resolves.toBe('known');
    await newer.close();
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

  it('that was disposed of frees its token for the next one', async () => {
    const world = givenWorld();
    const runtime = givenRuntime({
      world,
      workflows: {
        async flow({ hook }) {
          const seen: unknown[] = [];
          for (let round = 0; round < 3; round += 1) {
            const door = hook({ token: 'again' });
            seen.push(await door.next());
            door.dispose();
          }
          hook({ token: 'again' }).dispose();
          seen.push(await hook({ token: 'again' }).next());
          return seen;
        },
      },
    });
    const { runId } = await runtime.start('flow');
    for (let n = 0; n < 4; n += 1) {
      const opened = n < 3 ? n + 1 : 5;
      await until(async () => {
        const log = await logOf(world, runId);
        return (
          log.filter(({ eventType }) => eventType === 'hook_created').length === opened || undefined
        );
      });
      await whenOpen(() => runtime.resumeHook('again', n));
    }
    await expect(runtime.result(runId)).resolves.toEqual([0, 1, 2, 3]);
  });

  it('that is disposed of ends what reads it', async () => {
    const runtime = givenRuntime({
      world: givenWorld(),
      workflows: {
        async flow({ hook, sleep }) {
          const door = hook({ token: 'read' });
          const seen: unknown[] = [];
          const reading = (async () => {
            for await (const payload of door) seen.push(payload);
          })();
          const waiting = door.next().catch((error: { code: string }) => error.code);
          await sleep(20);
          door.dispose();
          await reading;
          return [seen, await waiting];
        },
      },
    });
    const { runId } = await runtime.start('flow');
    await expect(runtime.result(runId)).resolves.toEqual([[], 'HOOK_DISPOSED']);
  });

  it('takes a payload once that is sent twice with one key', async () => {
    const world = givenWorld();
    const runtime = givenRuntime({
      world,
      workflows: { flow: ({ hook }) => hook({ token: 'twice' }).next() },
      queue: { role: 'producer' },
    });
    const other = givenRuntime({
      world,
      workflows: { flow: ({ hook }) => hook({ token: 'twice' }).next() },
    });
    const { runId } = await runtime.start('flow');
    await until(async () => ((await logOf(world, runId)).length === 3 ? true : undefined));
    await other.close();
    for (let i = 0; i < 2; i += 1) await runtime.resumeHook('twice', 1, { idempotencyKey: 'one' });
    const log = await logOf(world, runId);
    expect(log.filter(({ eventType }) => eventType === 'hook_received')).toHaveLength(1);
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

describe('closing', () => {
  it('hands back what does not end in time, and another process does it', async () => {
    const namespace = crypto.randomUUID();
    const [first, second] = [createMemory({ namespace }), createMemory({ namespace })];
    onTestFinished(async () => {
      await second.close();
      await first.close();
    });
    const workflows = { flow: ({ step }: WorkflowContext) => step('slow') };
    let begun = false;
    const never = () => {
      begun = true;
      return new Promise(() => {});
    };
    const slow = givenRuntime({
      world: first,
      workflows,
      steps: { slow: never },
      queue: { drainMs: 50, leaseMs: 60_000 },
    });
    const { runId } = await slow.start('flow');
    await until(async () => begun || undefined);
    await slow.close();
    const quick = givenRuntime({ world: second, workflows, steps: { slow: () => 'done' } });
    await expect(quick.result(runId)).resolves.toBe('done');
    await quick.close();
  });
});

describe('options', () => {
  it.each([
    [{ fence: 'Tail' }, 'fence'],
    [{ overlap: 0 }, 'overlap'],
    [{ retry: { firstDelayMs: Number.NaN } }, 'retry.firstDelayMs'],
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
