import { Hono } from 'hono';

type Handler = (request: Request) => Promise<Response>;

/** How many of the next deliveries are answered with 503. */
let refusals = 0;

/** The routes that the SDK's build made, and one that lets the app refuse what they get. */
export async function createDeliveries(): Promise<Hono> {
  const flow = await load('flow.cjs');
  const step = await load('step.cjs');
  const webhook = await load('webhook.mjs');
  const app = new Hono();
  app.post('/refusals', async (c) => {
    const { count } = await c.req.json();
    refusals = count;
    return c.json({});
  });
  app.get('/refusals', (c) => c.json({ count: refusals }));
  const refusing = (handle: Handler): Handler => {
    return async (request) => {
      if (refusals === 0) return handle(request);
      refusals -= 1;
      return new Response('not now', { status: 503 });
    };
  };
  const path = '/.well-known/workflow/v1';
  app.post(`${path}/flow`, (c) => refusing(flow)(c.req.raw));
  app.post(`${path}/step`, (c) => refusing(step)(c.req.raw));
  app.all(`${path}/webhook/:token`, (c) => webhook(c.req.raw));
  return app;
}

/** Loaded by path, since it is there only after the build. */
async function load(file: string): Promise<Handler> {
  const module: { POST: Handler } = await import(new URL(file, import.meta.url).href);
  return module.POST;
}
