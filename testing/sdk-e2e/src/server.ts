// The app under test: one process, on $PORT, with the world that WORKFLOW_TARGET_WORLD names. Prints `listening`.
import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { getWorld } from 'workflow/runtime';
import { createDeliveries } from './deliveries.js';
import { routes } from './routes.js';

const app = new Hono().route('/', await createDeliveries()).route('/', routes);
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
await once(server, 'listening');

const world = getWorld();
await world.start?.();
console.log('listening');

async function stop(): Promise<void> {
  await world.close?.();
  process.exit(0);
}
process.on('SIGTERM', stop);
// The process of the tests is gone.
process.on('disconnect', () => process.exit(1));
