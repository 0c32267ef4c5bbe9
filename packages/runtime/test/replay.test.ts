import type { CreateEventRequest, Event, WorldError } from '@world/contract';
import { ReplayDivergenceError, replayLog, type Workflow } from '@world/runtime';
import { expect, it } from 'vitest';
import { givenWorld, logOf } from './given.js';

const RUN = 'wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV';
const id = (kind: string, position: number) => `${kind}_${RUN}_${position}`;

const step = (position: number, stepName: string): CreateEventRequest => ({
  eventType: 'step_created',
  correlationId: id('step', position),
  eventData: { stepName, input: null },
});
const done = (position: number, result: unknown): CreateEventRequest[] => [
  { eventType: 'step_started', correlationId: id('step', position) },
  { eventType: 'step_completed', correlationId: id('step', position), eventData: { result } },
];
const wait = (position: number): CreateEventRequest => ({
  eventType: 'wait_created',
  correlationId: id('wait', position),
  eventData: { resumeAt: new Date(1000) },
});
const waited = (position: number): CreateEventRequest => ({
  eventType: 'wait_completed',
  correlationId: id('wait', position),
});
const hook = (position: number, token: string): CreateEventRequest => ({
  eventType: 'hook_created',
  correlationId: id('hook', position),
  eventData: { token },
});
const received = (position: number, payload: unknown): CreateEventRequest => ({
  eventType: 'hook_received',
  correlationId: id('hook', position),
  eventData: { payload },
});

/** A log that a world has taken. */
async function logWith(...requests: readonly CreateEventRequest[]): Promise<Event[]> {
  const world = givenWorld();
  const eventData = { deploymentId: 'local', workflowName: 'flow', input: null };
  await world.events.create(RUN, { eventType: 'run_created', eventData });
  await world.events.create(RUN, { eventType: 'run_started' });
  for (const request of requests) await world.events.create(RUN, request);
  return logOf(world, RUN);
}

const raceOfHookAndSleep: Workflow = async ({ hook, sleep, step }) => {
  const door = hook<string>({ token: 'door' });
  const won = await Promise.race([door.next(), sleep(500).then(() => 'sleep')]);
  return step(`after ${won}`);
};

it('the first of two in the log wins a race, however late the replay', async () => {
  const open = [hook(1, 'door'), wait(2)];
  const hookFirst = await logWith(...open, received(1, 'hook'), waited(2), step(3, 'after hook'));
  const sleepFirst = await logWith(...open, waited(2), received(1, 'hook'), step(3, 'after sleep'));
  await expect(replayLog(raceOfHookAndSleep, hookFirst)).resolves.toBeUndefined();
  await expect(replayLog(raceOfHookAndSleep, sleepFirst)).resolves.toBeUndefined();
});

it('a log whose decision was made on something else cannot be followed: it says which event, what, and what instead', async () => {
  const log = await logWith(
    hook(1, 'door'),
    wait(2),
    received(1, 'hook'),
    waited(2),
    step(3, 'after sleep'),
  );
  const error = await replayLog(raceOfHookAndSleep, log).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ReplayDivergenceError);
  expect(error).toMatchObject({
    code: 'REPLAY_DIVERGENCE',
    event: { seq: 7, eventType: 'step_created' },
    expected: 'after sleep',
    found: 'after hook',
  });
  expect((error as WorldError).message).toBe(
    `event 7 (step_created, ${log[6]?.eventId}): expected after sleep, found after hook`,
  );
});

it('what was asked for in another order, or as another kind, is found', async () => {
  const two: Workflow = async ({ step }) => Promise.all([step('a'), step('b')]);
  await expect(replayLog(two, await logWith(step(1, 'b')))).rejects.toThrow('expected b, found a');
  await expect(replayLog(two, await logWith(wait(1)))).rejects.toThrow(
    `expected ${id('wait', 1)}, found only a (${id('step', 1)}), b (${id('step', 2)})`,
  );
  await expect(replayLog(two, await logWith(step(3, 'c')))).rejects.toThrow('expected c');
});

it('an end that the code does not come to is found', async () => {
  const waits: Workflow = async ({ sleep }) => sleep(1);
  const completed = { eventType: 'run_completed', eventData: { output: 1 } } as const;
  await expect(replayLog(waits, await logWith(completed))).rejects.toThrow(
    'expected run_completed, found a workflow that goes on',
  );
  const throws: Workflow = async () => {
    throw new Error('no');
  };
  await expect(replayLog(throws, await logWith(completed))).rejects.toThrow('found run_failed');
});

it('gives the end that the code comes to', async () => {
  const sum: Workflow = async ({ step }) => {
    const [a, b] = await Promise.all([step('a'), step('b')]);
    return `${a}${b}`;
  };
  const log = await logWith(step(1, 'a'), step(2, 'b'), ...done(2, 'B'), ...done(1, 'A'));
  await expect(replayLog(sum, log)).resolves.toEqual({
    eventType: 'run_completed',
    eventData: { output: 'AB' },
  });
});

it('chance and the clock are the same in each replay, and differ between runs', async () => {
  const seen: unknown[] = [];
  const flow: Workflow = async ({ random, now, sleep }) => {
    const first = [random(), now()];
    await sleep(1);
    seen.push([...first, random(), now()]);
  };
  const log = await logWith(wait(1), waited(1));
  await replayLog(flow, log);
  await replayLog(flow, log);
  expect(seen[0]).toEqual(seen[1]);
  const [created, started] = log.map((event) => ({ ...event, runId: `${RUN.slice(0, -1)}W` }));
  const other = [created, started] as Event[];
  await replayLog(async ({ random }) => seen.push(random()), other);
  expect(seen[2]).not.toBe((seen[0] as number[])[0]);
});

it('a payload is taken by whoever has waited longest, and kept while nobody waits', async () => {
  const flow: Workflow = async ({ hook, step }) => {
    const door = hook<string>({ token: 'door' });
    const first = door.next();
    await step('meanwhile');
    return [await first, await door.next(), await door.next()];
  };
  const log = await logWith(
    hook(1, 'door'),
    step(2, 'meanwhile'),
    received(1, 'a'),
    received(1, 'b'),
    ...done(2, null),
    received(1, 'c'),
  );
  await expect(replayLog(flow, log)).resolves.toMatchObject({
    eventData: { output: ['a', 'b', 'c'] },
  });
});
