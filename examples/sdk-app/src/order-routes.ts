import { Hono } from 'hono';
import { getRun, resumeHook, start } from 'workflow/api';
import { approvalToken, type Order, type Outcome, processOrder } from '../workflows/order';

/** What the app's users call. */
export const orderRoutes = new Hono();

orderRoutes.post('/orders', async (c) => {
  const order = await c.req.json<Order>();
  const { runId } = await start(processOrder, [order]);
  return c.json({ runId }, 202);
});

orderRoutes.get('/runs/:runId', async (c) => {
  const run = getRun<Outcome>(c.req.param('runId'));
  const status = await run.status;
  return c.json(status === 'completed' ? { status, outcome: await run.returnValue } : { status });
});

orderRoutes.get('/runs/:runId/progress', (c) => {
  const lines = getRun(c.req.param('runId'))
    .getReadable<string>()
    .pipeThrough(new TransformStream({ transform: (line, out) => out.enqueue(`${line}\n`) }));
  return c.body(lines.pipeThrough(new TextEncoderStream()));
});

orderRoutes.post('/orders/:id/approval', async (c) => {
  const { runId } = await resumeHook(approvalToken(c.req.param('id')), await c.req.json());
  return c.json({ runId });
});

orderRoutes.post('/runs/:runId/cancel', async (c) => {
  await getRun(c.req.param('runId')).cancel();
  return c.json({});
});

// Unknown runs and hooks, for example.
orderRoutes.onError((error, c) => {
  const status = error.name.endsWith('NotFoundError') ? 404 : 500;
  return c.json({ error: error.name, message: error.message }, status);
});
