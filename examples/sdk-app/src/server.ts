import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { getWorld } from 'workflow/runtime';
import { orderRoutes } from './order-routes';
import { createWorkflowRoutes } from './workflow-routes';

// The world delivers to http://localhost:$PORT.
process.env.PORT ??= '3000';
const port = Number(process.env.PORT);

const app = new Hono().route('/', orderRoutes).route('/', await createWorkflowRoutes());
const server = serve({ fetch: app.fetch, port }, async () => {
  // Begins to deliver, and goes on with what an earlier process left.
  await getWorld().start?.();
  console.log(`http://localhost:${port}`);
});

async function stop(): Promise<void> {
  // The world first: while it finishes what it delivers, the app still answers.
  await getWorld().close?.();
  server.close();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
