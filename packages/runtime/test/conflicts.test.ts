import type { CreateEventRequest, World } from '@world/contract';
import { createWorld as createMemory } from '@world/memory';
import { type ConflictLine, replayLog, type Workflow } from '@world/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { givenRuntime, givenWorld, logOf, until, whenOpen } from './given.js';

/** The world, and what is sent to it in batches; `before` is called ahead of each. */
function watched(
  world: World,
  before: (runId: string, batch: readonly CreateEventRequest[]) => Promise<void>,
): World {
  const createBatch: World['events']['createBatch'] = async (runId, requests, params) => {
    await before(runId, requests as readonly CreateEventRequest[]);
    return world.events.createBatch(runId, requests, params);
  };
  return { ...world, events: { ...world.events, createBatch } };
}

const hookOrSleep: Workflow = async ({ hook, sleep, step }) => {
  const door = hook<string>({ token: 'door' });
  const winner = await Promise.race([door.next(), sleep(20).then(() => 'sleep')]);
  await step(`after ${winner}`);
  return winner;
};
const steps = { 'after hook': () => null, 'after sleep': () => null };
const stepsIn = (batch: readonly CreateEventRequest[]): string[] =>
  batch.flatMap((one) => (one.eventType === 'step_created' ? [one.eventData.stepName] : []));

it('FE8 after a conflict the workflow is replayed, and only what follows from the new log is written', async () => {
  const world = givenWorld();
  const batches: string[][] = [];
  const lines: ConflictLine[] = [];
  const signal = async (runId: string, batch: readonly CreateEventRequest[]): Promise<void> => {
    batches.push(batch.map(({ eventType }) => eventType));
    // The sleep has won, as far as this tick knows. The hook is faster.
    if (!stepsIn(batch).includes('after sleep') || lines.length > 0) return;
    const { hookId } = await world.hooks.getByToken('door');
    const eventData = { payload: 'hook' };
    await world.events.create(runId, {
      eventType: 'hook_received',
      correlationId: hookId,
      eventData,
    });
  };
  const runtime = givenRuntime({
    world: watched(world, signal),
    workflows: { hookOrSleep },
    steps,
    onConflict: (line) => {
      lines.push(line);
      throw new Error('of a listener');
    },
  });
  const { runId } = await runtime.start('hookOrSleep');
  await expect(runtime.result(runId)).resolves.toBe('hook');

  const log = await logOf(world, runId);
  const created = log.flatMap((one) =>
    one.eventType === 'step_created' ? [one.eventData.stepName] : [],
  );
  expect(created).toEqual(['after hook']);
  expect(batches).toEqual([
    ['hook_created', 'wait_created'],
    // Refused, and derived anew.
    ['wait_completed', 'step_created'],
    ['wait_completed', 'step_created'],
    ['run_completed'],
  ]);
  const signalled = log.find(({ eventType }) => eventType === 'hook_received');
  expect(lines).toEqual([{ runId, fence: log[3]?.eventId, tail: signalled?.eventId, attempt: 1 }]);
  expect(runtime.counters).toMatchObject({ conflicts: 1, retries: 1, handedBack: 0 });
});

it('FE8 a run does not end on a log that has gone on', async () => {
  const world = givenWorld();
  let isSignalled = false;
  const runtime = givenRuntime({
    world: watched(world, async (runId, batch) => {
      if (isSignalled || batch.at(-1)?.eventType !== 'run_completed') return;
      isSignalled = true;
      const { hookId } = await world.hooks.getByToken('door');
      const eventData = { payload: 'late' };
      await world.events.create(runId, {
        eventType: 'hook_received',
        correlationId: hookId,
        eventData,
      });
    }),
    workflows: {
      async flow({ hook, step }) {
        const door = hook<string>({ token: 'door' });
        const late: string[] = [];
        door.next().then((payload) => late.push(payload));
        await step('after hook');
        return late;
      },
    },
    steps,
  });
  const { runId } = await runtime.start('flow');
  // The payload came behind the outcome of the step: it is in the log, and too late for what the workflow gives.
  await expect(runtime.result(runId)).resolves.toEqual([]);
  const types = (await logOf(world, runId)).map(({ eventType }) => eventType);
  expect(types.slice(-2)).toEqual(['hook_received', 'run_completed']);
  expect(runtime.counters).toMatchObject({ conflicts: 1, retries: 1 });
});

it('FE8 what a workflow does to its data is undone by a replay', async () => {
  const world = givenWorld();
  const done: string[] = [];
  let isDisturbed = false;
  const runtime = givenRuntime({
    world: watched(world, async (runId, batch) => {
      if (isDisturbed || !stepsIn(batch).includes('use')) return;
      isDisturbed = true;
      const { hookId } = await world.hooks.getByToken('door');
      const eventData = { payload: ['x'] };
      await world.events.create(runId, {
        eventType: 'hook_received',
        correlationId: hookId,
        eventData,
      });
    }),
    steps: { use: (one: string) => void done.push(one) },
    workflows: {
      async flow({ hook, sleep, step }, todo: string[]) {
        hook({ token: 'door' });
        await sleep(1);
        const given = { left: todo.length };
        while (todo.length > 0) {
          await step('use', todo.shift() as string);
          given.left -= 1;
        }
        return given;
      },
    },
  });
  const { runId } = await runtime.start('flow', ['a', 'b', 'c']);
  await expect(runtime.result(runId)).resolves.toEqual({ left: 0 });
  expect(done).toEqual(['a', 'b', 'c']);
  expect(runtime.counters.conflicts).toBeGreaterThan(0);
});

it('FE9 who gives up on conflicts leaves the message in the queue, and the run ends', async () => {
  const world = givenWorld();
  let conflicts = 0;
  const crowd = async (runId: string): Promise<void> => {
    if (conflicts === 8) return;
    conflicts += 1;
    const { data } = await world.hooks.list({ runId });
    const [door] = data;
    if (door === undefined) {
      conflicts = 0;
      return;
    }
    const eventData = { payload: conflicts };
    await world.events.create(runId, {
      eventType: 'hook_received',
      correlationId: door.hookId,
      eventData,
    });
  };
  const runtime = givenRuntime({
    world: watched(world, crowd),
    workflows: {
      async flow({ hook, sleep }) {
        hook({ token: 'door' });
        await sleep(10);
        return 'over';
      },
    },
  });
  const { runId } = await runtime.start('flow');
  await expect(runtime.result(runId)).resolves.toBe('over');
  // Six in the first delivery, of which five were tried again at once; two in the next.
  expect(runtime.counters).toMatchObject({ conflicts: 8, retries: 7, handedBack: 1 });
  await until(async () => {
    const left = await world.messages.list({ runId, limit: 10 });
    return left.length === 0 ? true : undefined;
  });
});

/** Of 100 ms: as long as the hooks come. */
const ROUNDS = 40;

it.each([10, 100])(
  'FE10 %i hooks a second for 5 s do not keep a run from its end',
  { timeout: 180_000 },
  async (rate) => {
    const namespace = crypto.randomUUID();
    const world = createMemory({ namespace });
    const outside = createMemory({ namespace });
    onTestFinished(async () => {
      await outside.close();
      await world.close();
    });
    const counts: Workflow = async ({ hook, sleep, step }) => {
      const door = hook({ token: 'busy' });
      let rounds = 0;
      for (; rounds < ROUNDS; rounds += 1) {
        await step('after hook');
        await sleep(100);
      }
      door.dispose();
      return rounds;
    };
    const runtime = givenRuntime({ world, workflows: { counts }, steps });
    const client = givenRuntime({
      world: outside,
      workflows: {},
      queue: { role: 'producer' },
    });
    const { runId } = await runtime.start('counts');
    await whenOpen(() => client.resumeHook('busy', 0));
    const result = runtime.result(runId);
    let sent = 0;
    const begin = performance.now();
    while (performance.now() - begin < 5000) {
      const due = Math.floor(((performance.now() - begin) * rate) / 1000);
      const isOpen = await client.resumeHook('busy', sent).then(
        () => true,
        () => false,
      );
      if (!isOpen) break;
      sent += 1;
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, ((sent - due) * 1000) / rate)),
      );
    }
    await expect(result).resolves.toBe(ROUNDS);
    await expect(replayLog(counts, await logOf(world, runId))).resolves.toMatchObject({
      eventData: { output: ROUNDS },
    });
  },
);
