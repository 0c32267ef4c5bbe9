import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What becomes of a request, and of its response. */
export type Fault =
  | 'none'
  | 'cut-before-send'
  | 'cut-mid-request'
  | 'torn-request'
  | 'cut-after-commit'
  | 'cut-mid-response'
  | 'duplicate'
  | 'duplicate-late'
  | 'delay'
  | 'delay-beyond-timeout'
  | 'buffer';

/** Of all requests, this share is broken, in one of these ways. */
const FAULT_SHARE = 0.35;
export const FAULTS: readonly Fault[] = [
  'cut-before-send',
  'cut-mid-request',
  'torn-request',
  'cut-after-commit',
  'cut-mid-response',
  'duplicate',
  'duplicate-late',
  'delay',
  'delay-beyond-timeout',
];

/** Breaks some requests, each in a way of its own. */
export const anyFault = (random: () => number) => (): Fault =>
  random() < FAULT_SHARE ? (FAULTS[Math.floor(random() * FAULTS.length)] ?? 'none') : 'none';

/** How long delayed requests, and late duplicates, are kept back, ms. */
export interface Delays {
  readonly delay: number;
  readonly 'delay-beyond-timeout': number;
  readonly 'duplicate-late': number;
}

/**
 * A loopback proxy that knows where requests begin and end, and breaks them on demand. Each goes over a connection of its own,
 * on both sides.
 */
export class HttpProxy {
  readonly #targetPort: number;
  readonly #delays: Delays;
  readonly #sockets = new Set<Socket>();
  readonly #servers = new Set<Socket>();
  readonly #server: Server;
  /** Decides on each request; replaced by tests. */
  decide: () => Fault = () => 'none';
  /** Requests by what became of them. */
  readonly count: Map<Fault, number> = new Map();
  url: string = '';

  private constructor(targetPort: number, delays: Delays) {
    this.#targetPort = targetPort;
    this.#delays = delays;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(
    url: string,
    delays: Delays = { delay: 20, 'delay-beyond-timeout': 500, 'duplicate-late': 100 },
  ): Promise<HttpProxy> {
    const proxy = new HttpProxy(Number(new URL(url).port), delays);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.url = `http://127.0.0.1:${(proxy.#server.address() as { port: number }).port}`;
    return proxy;
  }

  /** Connections to the server that are open now. */
  get open(): number {
    return this.#servers.size;
  }

  /** Cuts all connections that are open. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): void {
    this.#server.close();
    this.cutAll();
  }

  #accept(client: Socket): void {
    let bytes = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < lengthOf(bytes)) return;
      client.off('data', onData);
      void this.#pass(client, closing(bytes));
    };
    this.#track(client).on('data', onData);
  }

  async #pass(client: Socket, request: Buffer): Promise<void> {
    const fault = this.decide();
    this.count.set(fault, (this.count.get(fault) ?? 0) + 1);
    switch (fault) {
      case 'cut-before-send':
        client.destroy();
        break;
      case 'cut-mid-request':
        this.#connect()
          .resume()
          .end(request.subarray(0, request.length >> 1));
        client.destroy();
        break;
      case 'torn-request':
        this.#connect()
          .on('data', (bytes) => client.write(bytes))
          .on('close', () => client.end())
          .end(request.subarray(0, request.length - 5));
        break;
      case 'cut-after-commit':
        await this.#exchange(request);
        client.destroy();
        break;
      case 'cut-mid-response': {
        const response = await this.#exchange(request);
        client.write(response.subarray(0, response.length - 5), () => client.destroy());
        break;
      }
      case 'duplicate':
        client.end(await Promise.race([this.#exchange(request), this.#exchange(request)]));
        break;
      case 'buffer':
        client.end(await this.#exchange(request));
        break;
      case 'duplicate-late':
        client.end(await this.#exchange(request));
        await sleep(this.#delays['duplicate-late']);
        await this.#exchange(request);
        break;
      default:
        if (fault !== 'none') await sleep(this.#delays[fault]);
        this.#stream(client, request);
    }
  }

  #stream(client: Socket, request: Buffer): void {
    const server = this.#connect();
    server.pipe(client);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroySoon());
    server.write(request);
  }

  /** The whole response to a request. */
  #exchange(request: Buffer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    return new Promise((resolve) => {
      this.#connect()
        .on('data', (bytes) => chunks.push(bytes))
        .on('close', () => resolve(Buffer.concat(chunks)))
        .write(request);
    });
  }

  #connect(): Socket {
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', noDelay: true });
    this.#servers.add(server);
    return this.#track(server).on('close', () => this.#servers.delete(server));
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }
}

const END_OF_HEAD = '\r\n\r\n';

/** How long a request is, head and body; infinite until that is known. */
function lengthOf(bytes: Buffer): number {
  const head = bytes.indexOf(END_OF_HEAD);
  if (head < 0) return Number.POSITIVE_INFINITY;
  const length = /\r\ncontent-length: *(\d+)/i.exec(
    bytes.subarray(0, head).toString('latin1'),
  )?.[1];
  return head + END_OF_HEAD.length + Number(length ?? 0);
}

/** The same request, as the last one of its connection. */
function closing(request: Buffer): Buffer {
  const head = request.indexOf(END_OF_HEAD);
  const lines = request
    .subarray(0, head)
    .toString('latin1')
    .replace(/\r\nconnection:.*/i, '');
  return Buffer.concat([Buffer.from(`${lines}\r\nconnection: close`), request.subarray(head)]);
}
