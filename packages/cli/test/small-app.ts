import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { QueueDelivery, World } from '@world/contract';
import { onTestFinished } from 'vitest';

type Handler = (request: Request) => Promise<Response> | Response;

/** An app as a server delivers to it. */
export interface SmallApp {
  readonly url: string;
  /** What it has taken. */
  readonly got: QueueDelivery[];
  /** How its answers to all requests began. */
  readonly statuses: number[];
  /** What answers from now on; 503 until then. */
  handle: Handler;
  /** Takes messages of a world from now on; `work` is done for each. */
  use(world: World, work?: () => Promise<void>): void;
}

/** An app, until the test is over. */
export async function openApp(): Promise<SmallApp> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = new Request(`http://app${incoming.url}`, {
      method: 'POST',
      headers: Object.entries(incoming.headers as Record<string, string>).filter(
        ([name]) => name !== 'transfer-encoding',
      ),
      body: Buffer.concat(chunks),
    });
    const response = await app.handle(request);
    app.statuses.push(response.status);
    outgoing.writeHead(response.status).end(await response.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const app: SmallApp = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got: [],
    statuses: [],
    handle: () => new Response('not yet', { status: 503 }),
    use(world, work = async () => {}) {
      app.handle = world.createQueueHandler('__wkf_workflow_', async (_, delivery) => {
        app.got.push(delivery);
        await work();
      });
    },
  };
  return app;
}
