import type { World } from '@world/contract';
import { createWorld } from '@world/memory';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Interrupted } from '../src/cli-error.js';
import { copyRuns, type RunCopy } from '../src/copy/copy-runs.js';
import { addEndedRun, addRunningRun, addWaits } from './some-runs.js';

let from: World;
let to: World;

beforeEach(({ task }) => {
  from = createWorld({ namespace: `${task.id}-from` });
  to = createWorld({ namespace: `${task.id}-to` });
  onTestFinished(async () => {
    await Promise.all([from.close(), to.close()]);
  });
});

async function copy(options = {}): Promise<RunCopy[]> {
  const copies: RunCopy[] = [];
  for await (const one of copyRuns(from, to, options)) copies.push(one);
  return copies;
}

test('copies runs oldest first, with everything that can be read', async () => {
  const ended = await addEndedRun(from, 'token-1');
  const running = await addRunningRun(from, 'token-2');
  expect(await copy()).toEqual([
    { runId: ended, imported: 11, present: 0, compared: 'all' },
    { runId: running, imported: 10, present: 0, compared: 'all' },
  ]);
  expect(await to.runs.get(running)).toEqual(await from.runs.get(running));
  expect(await to.hooks.getByToken('token-2')).toMatchObject({ runId: running });
});

test('goes on where an earlier copy ended', async () => {
  const runId = await addRunningRun(from, 'token');
  await copy();
  await addWaits(from, runId, 700);
  expect(await copy()).toEqual([{ runId, imported: 700, present: 10, compared: 'all' }]);
});

test('of a run that grows while it is copied, the copied part is compared', async () => {
  const runId = await addRunningRun(from, 'token');
  const growing: World = {
    ...to,
    events: {
      ...to.events,
      async import(...args) {
        const result = await to.events.import(...args);
        await addWaits(from, runId, 1);
        return result;
      },
    },
  };
  const copies: RunCopy[] = [];
  for await (const one of copyRuns(from, growing)) copies.push(one);
  expect(copies).toEqual([{ runId, imported: 10, present: 0, compared: 'log' }]);
});

test('a target that has gone on is compared up to the end of the source', async () => {
  const runId = await addRunningRun(from, 'token');
  await copy();
  await addWaits(to, runId, 1);
  expect(await copy()).toEqual([{ runId, imported: 0, present: 10, compared: 'log' }]);
});

test('a target that loses something is found out', async () => {
  const runId = await addRunningRun(from, 'token');
  const forgetful: World = {
    ...to,
    waits: {
      ...to.waits,
      async list(params) {
        const page = await to.waits.list(params);
        return { ...page, data: page.data.map((wait) => ({ ...wait, updatedAt: new Date(0) })) };
      },
    },
  };
  const copies: RunCopy[] = [];
  for await (const one of copyRuns(from, forgetful)) copies.push(one);
  expect(copies).toMatchObject([{ runId, problem: 'waits.0.updatedAt differs' }]);
});

test('a token that another run holds is a problem of its run only', async () => {
  await addRunningRun(to, 'token');
  const blocked = await addRunningRun(from, 'token');
  const free = await addRunningRun(from, 'other');
  expect(await copy()).toMatchObject([
    { runId: blocked, problem: expect.stringContaining('TOKEN_HELD') },
    { runId: free, imported: 10 },
  ]);
});

test('a token that has changed hands is copied to the run that holds it', async () => {
  const older = await addRunningRun(from, 'own');
  const younger = await addRunningRun(from, 'token');
  await from.events.create(younger, { eventType: 'hook_disposed', correlationId: 'answer' });
  const eventData = { token: 'token' };
  await from.events.create(older, { eventType: 'hook_created', correlationId: 'next', eventData });
  expect(await copy()).toMatchObject([
    { runId: older, imported: 11, compared: 'all' },
    { runId: younger, imported: 11, compared: 'all' },
  ]);
  expect(await to.hooks.getByToken('token')).toMatchObject({ runId: older });
});

test('an interruption ends it', async () => {
  await addRunningRun(from, 'token');
  const signal = AbortSignal.abort(new Interrupted(130));
  await expect(copy({ signal })).rejects.toThrow(Interrupted);
  expect((await to.runs.list()).data).toEqual([]);
});
