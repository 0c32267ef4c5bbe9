import { join } from 'node:path';
import { AppProcess, openFolder, until } from '@world/app-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FOLDER = new URL('../../../examples/sdk-app/', import.meta.url);

/** What its README says, on SQLite. */
describe('examples/sdk-app', () => {
  let app: AppProcess;
  let folder: Awaited<ReturnType<typeof openFolder>>;
  beforeAll(async () => {
    folder = await openFolder();
    const env = {
      WORKFLOW_TARGET_WORLD: '@world/sqlite',
      WORKFLOW_WORLD_URL: `sqlite:${join(folder.path, 'world.db')}`,
    };
    app = await AppProcess.start(
      {
        server: new URL('dist/server.mjs', FOLDER),
        folder: FOLDER,
        ready: 'http://localhost:',
      },
      env,
    );
  });
  afterAll(async () => {
    await app.stop();
    await folder.remove();
  });

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${app.url}${path}`, { method: 'POST', body: JSON.stringify(body) });

  async function order(id: string, approved: boolean): Promise<{ lines: string; run: unknown }> {
    const response = await post('/orders', { id, item: 'lamp', euros: 250 });
    const { runId } = (await response.json()) as { runId: string };
    const progress = fetch(`${app.url}/runs/${runId}/progress`).then((one) => one.text());
    await until('the order waits', async () =>
      (await post(`/orders/${id}/approval`, { approved })).ok ? true : undefined,
    );
    const lines = await progress;
    const run = await until('the order is over', async () => {
      const state = (await (await fetch(`${app.url}/runs/${runId}`)).json()) as { status: string };
      return state.status === 'completed' ? state : undefined;
    });
    return { lines, run };
  }

  it('ships an order that is approved', async () => {
    const { lines, run } = await order('a1', true);
    expect(lines.split('\n')).toEqual([
      'reserved lamp',
      'waiting for the approval of 250 euros',
      'charged 250 euros: receipt-a1',
      'shipped',
      '',
    ]);
    const outcome = { status: 'shipped', receipt: 'receipt-a1' };
    expect(run).toEqual({ status: 'completed', outcome });
  });

  it('declines an order that is not', async () => {
    const { lines, run } = await order('a2', false);
    expect(lines).toContain('declined\n');
    expect(run).toEqual({ status: 'completed', outcome: { status: 'declined' } });
  });

  it('answers 404 for what does not exist', async () => {
    expect((await post('/orders/none/approval', { approved: true })).status).toBe(404);
  });

  it('goes on after kill -9', async () => {
    const response = await post('/orders', { id: 'a3', item: 'lamp', euros: 20 });
    const { runId } = (await response.json()) as { runId: string };
    await app.kill();
    await app.start();
    const progress = await (await fetch(`${app.url}/runs/${runId}/progress`)).text();
    expect(progress).toContain('shipped');
  });
});
