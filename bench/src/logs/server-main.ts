import { serve as serveHono } from '@hono/node-server';
import { createWorld } from '@world/memory';
import { serve } from '@world/remote-http/server';
import { Hono } from 'hono';

/** A server of the benchmarks: prints its URL, and serves until it is told to stop. */

const [served] = process.argv.slice(2);
if (served === 'memory') {
  const { url } = await serve((namespace) => createWorld({ namespace }));
  console.log(url);
} else {
  const app = new Hono().post('/', async (context) =>
    context.body(await context.req.arrayBuffer()),
  );
  serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
    console.log(`http://127.0.0.1:${port}/`);
  });
}
process.on('SIGTERM', () => process.exit(0));
