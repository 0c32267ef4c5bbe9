import { type Context, Hono } from 'hono';
import { getRun, resumeHook, start } from 'workflow/api';
import { getWorld } from 'workflow/runtime';
import { raceCreateOnce } from './create-once.js';
import { readStored } from './stored.js';
import * as carry from './workflows/carry.js';
import * as pipe from './workflows/pipe.js';
import * as runSteps from './workflows/run-steps.js';
import * as stream from './workflows/stream.js';
import * as wait from './workflows/wait.js';

type Workflow = (...args: unknown[]) => Promise<unknown>;

const WORKFLOWS = { ...carry, ...pipe, ...runSteps, ...stream, ...wait } as unknown as Record<
  string,
  Workflow
>;

/** What tests ask of the app. Bodies and answers are JSON, and a stream is one line of JSON a chunk. */
export const routes: Hono = new Hono();

routes.post('/runs', async (c) => {
  const { workflow, args } = await c.req.json();
  const { runId } = await start(WORKFLOWS[workflow] as Workflow, args);
  return c.json({ runId });
});

routes.get('/runs/:id', async (c) => {
  const { runs } = getWorld();
  const { status, error } = await runs.get(c.req.param('id'));
  return c.json({ status, error });
});

routes.get('/runs/:id/result', async (c) =>
  c.json((await getRun(c.req.param('id')).returnValue) ?? null),
);

routes.post('/runs/:id/cancel', async (c) => {
  await getRun(c.req.param('id')).cancel();
  return c.json({});
});

routes.get('/runs/:id/chunks', (c) => {
  const startIndex = Number(c.req.query('startIndex') ?? 0);
  const lines = getRun(c.req.param('id'))
    .getReadable({ startIndex })
    .pipeThrough(new TransformStream<unknown, Uint8Array>({ transform: writeLine }));
  return c.body(lines);
});

routes.get('/runs', async (c) => {
  const status = c.req.query('status') as 'completed';
  return c.json(await getWorld().runs.list({ status, ...listed(c) }));
});

routes.get('/runs/:id/events', async (c) =>
  c.json(await getWorld().events.list({ runId: c.req.param('id'), ...listed(c) })),
);

routes.get('/runs/:id/hooks', async (c) =>
  c.json(await getWorld().hooks.list({ runId: c.req.param('id'), ...listed(c) })),
);

routes.get('/runs/:id/stored', async (c) =>
  c.json(await readStored(getWorld(), c.req.param('id'))),
);

routes.post('/hooks/:token', async (c) => {
  const { runId } = await resumeHook(c.req.param('token'), await c.req.json());
  return c.json({ runId });
});

routes.post('/create-once/:name', async (c) =>
  c.json(await raceCreateOnce(getWorld(), c.req.param('name'))),
);

routes.onError((error, c) => {
  const { name, message } = error;
  return c.json({ name, message, ...('code' in error && { code: error.code }) }, 500);
});

function listed(c: Context): {
  pagination: { limit?: number; cursor?: string; sortOrder?: 'asc' | 'desc' };
  resolveData: 'none';
} {
  const { limit, cursor, sortOrder } = c.req.query();
  return {
    pagination: {
      ...(limit && { limit: Number(limit) }),
      ...(cursor && { cursor }),
      ...(sortOrder && { sortOrder: sortOrder as 'asc' | 'desc' }),
    },
    resolveData: 'none',
  };
}

function writeLine(chunk: unknown, controller: TransformStreamDefaultController<Uint8Array>): void {
  const value = chunk instanceof Uint8Array ? Buffer.from(chunk).toString('base64') : chunk;
  controller.enqueue(Buffer.from(`${JSON.stringify(value)}\n`));
}
