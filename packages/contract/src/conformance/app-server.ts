import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { QueueDelivery, QueueHandler } from '../queue.js';
import type { World } from '../world.js';
import { within } from './within.js';

/** A delivery that takes longer is lost. */
const DEADLINE_MS = 15_000;

/** A delivery as an app has got it. */
export interface Delivery extends QueueDelivery {
  readonly message: unknown;
}

type Endpoint = (request: Request) => Promise<Response>;

/** An app that takes deliveries: the two endpoints of a world's queue, on a loopback port. */
export class AppServer {
  /** Everything that has reached a handler, in order. */
  readonly deliveries: Delivery[] = [];
  /** Status of every answer, in order. */
  readonly statuses: number[] = [];
  /** Status to answer with before any handler is asked, with the seconds of `retry-after`. */
  refusal: { readonly status: number; readonly retryAfter?: number } | undefined;
  #handle: (delivery: Delivery) => ReturnType<QueueHandler> = async () => {};
  readonly #server: Server;
  #changed: () => void = () => {};

  private constructor(world: World) {
    const handler: QueueHandler = (message, delivery) => {
      const received = { ...delivery, message };
      this.deliveries.push(received);
      this.#changed();
      return this.#handle(received);
    };
    const endpoints: Record<string, Endpoint> = {
      '/.well-known/workflow/v1/flow': world.createQueueHandler('__wkf_workflow_', handler),
      '/.well-known/workflow/v1/step': world.createQueueHandler('__wkf_step_', handler),
    };
    this.#server = createServer((incoming, outgoing) => {
      void this.#answer(endpoints[incoming.url ?? ''], incoming, outgoing);
    });
  }

  /** Listens; `world` is asked for the handlers only, as an app's second world is. */
  static async start(world: World): Promise<AppServer> {
    const app = new AppServer(world);
    await new Promise<void>((resolve) => app.#server.listen(0, '127.0.0.1', resolve));
    return app;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the handlers do from now on. */
  handle(handler: (delivery: Delivery) => ReturnType<QueueHandler>): void {
    this.#handle = handler;
  }

  /** Resolves when a condition holds, which is looked at when a delivery comes or is answered; fails after 15 s. */
  async until(condition: () => boolean): Promise<void> {
    let isLate = false;
    const holds = async (): Promise<void> => {
      while (!condition() && !isLate) {
        await new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
      }
    };
    const progress = (): string => `only ${this.deliveries.length} deliveries came`;
    try {
      await within(holds(), progress, DEADLINE_MS);
    } finally {
      isLate = true;
      this.#changed();
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(
    endpoint: Endpoint | undefined,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const headers = new Headers(incoming.headers as Record<string, string>);
    headers.delete('transfer-encoding');
    const url = `http://${incoming.headers.host}${incoming.url}`;
    const request = new Request(url, { method: 'POST', headers, body: Buffer.concat(chunks) });
    const { refusal } = this;
    const response =
      refusal !== undefined || endpoint === undefined
        ? new Response('not now', {
            status: refusal?.status ?? 404,
            headers: { 'retry-after': `${refusal?.retryAfter ?? 0}` },
          })
        : await endpoint(request);
    this.statuses.push(response.status);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
    this.#changed();
  }
}

/** Runs a test with an app, and ends that. */
export async function withApp(
  world: World,
  test: (app: AppServer) => Promise<void>,
): Promise<void> {
  const app = await AppServer.start(world);
  try {
    await test(app);
  } finally {
    await app.close();
  }
}
