import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AppFiles, AppProcess, openFolder } from '@world/app-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A message that a killed process held comes again after its lease of 8 s. */
const SOON = { timeout: 40_000 };
const SHIPPED = (id: string): unknown => ({
  status: 'completed',
  outcome: { status: 'shipped', receipt: `receipt-${id}` },
});

const NEXT: AppFiles = {
  server: new URL('../node_modules/next/dist/bin/next', import.meta.url),
  args: ['start', '-H', '127.0.0.1'],
  folder: new URL('..', import.meta.url),
  ready: 'Ready in',
};
const ENV = { NEXT_TELEMETRY_DISABLED: '1', NEXT_MANUAL_SIG_HANDLE: 'true' };

let server: AppProcess;

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  server = await AppProcess.start(NEXT, { ...ENV, ...env });
  await answered();
}

async function restart(): Promise<void> {
  await server.start();
  await answered();
}

/** Next.js answers when the world is started. */
const answered = (): Promise<Response> => fetch(server.url);

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'POST', body: JSON.stringify(body) });

async function order(id: string, euros: number): Promise<string> {
  const response = await post('/orders', { id, item: 'lamp', euros });
  expect(response.status).toBe(202);
  return ((await response.json()) as { runId: string }).runId;
}

/** Asks until the order waits for it. */
const approve = (id: string): Promise<void> =>
  expect
    .poll(async () => (await post(`/orders/${id}/approval`, { approved: true })).status, SOON)
    .toBe(200);

const state = async (runId: string): Promise<unknown> =>
  (await fetch(`${server.url}/runs/${runId}`)).json();

const progress = (runId: string): Promise<Response> =>
  fetch(`${server.url}/runs/${runId}/progress`);

describe('on SQLite', () => {
  let folder: Awaited<ReturnType<typeof openFolder>>;
  let dbFile: string;
  beforeAll(async () => {
    folder = await openFolder();
    dbFile = join(folder.path, 'world.db');
    await start({
      WORKFLOW_TARGET_WORLD: '@world/sqlite',
      WORKFLOW_WORLD_URL: `sqlite:${dbFile}`,
    });
  });
  afterAll(async () => {
    await server?.kill();
    await folder.remove();
  });

  it('ships an order that is approved', async () => {
    const runId = await order('a1', 250);
    const lines = progress(runId).then((response) => response.text());
    await approve('a1');
    expect((await lines).split('\n')).toEqual([
      'reserved lamp',
      'waiting for the approval of 250 euros',
      'charged 250 euros: receipt-a1',
      'shipped',
      '',
    ]);
    await expect.poll(() => state(runId), SOON).toEqual(SHIPPED('a1'));
  });

  it('answers 404 for what does not exist', async () => {
    expect((await post('/orders/none/approval', { approved: true })).status).toBe(404);
    expect((await fetch(`${server.url}/runs/wrun_none`)).status).toBe(404);
  });

  it('finishes deliveries at SIGTERM, closes the world, exits with 0, and goes on later', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => `b${n}`);
    const runIds = await Promise.all(ids.map((id) => order(id, 20)));
    expect(existsSync(`${dbFile}-wal`)).toBe(true);
    await server.stop();
    expect(server.output).not.toContain('delivery has failed');
    // SQLite removes it when the last connection is closed.
    expect(existsSync(`${dbFile}-wal`)).toBe(false);
    await restart();
    await expect.poll(() => Promise.all(runIds.map(state)), SOON).toEqual(ids.map(SHIPPED));
  });

  it('goes on after SIGKILL in the middle of a run', async () => {
    const runId = await order('a3', 20);
    const firstLine = (await progress(runId)).body?.getReader();
    expect((await firstLine?.read())?.done).toBe(false);
    await server.kill();
    expect(existsSync(`${dbFile}-wal`)).toBe(true);
    await restart();
    await expect.poll(() => state(runId), SOON).toEqual(SHIPPED('a3'));
  });
});

describe('in memory, with the same build', () => {
  beforeAll(async () => {
    await start({ WORKFLOW_TARGET_WORLD: '@world/memory' });
  });
  afterAll(() => server?.kill());

  it('ships an order', async () => {
    const runId = await order('a4', 20);
    await expect.poll(() => state(runId), SOON).toEqual(SHIPPED('a4'));
  });
});
