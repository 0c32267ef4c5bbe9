import { connect, createServer, type Server, type Socket } from 'node:net';

/** Who sent some bytes. */
export type Sender = 'client' | 'server';

/** What becomes of bytes: they pass, or their connection is cut before, after or amid them. */
export type Verdict = 'pass' | 'cut-before' | 'cut-after' | 'cut-amid';

/** Where a connection is cut: before the server has the request, right after it was sent, or when the answer comes. */
export type CutPoint = 'before-request' | 'after-request' | 'before-reply' | 'amid-reply';

export interface TcpProxyOptions {
  /** Replies as clients get them. */
  readonly rewrite?: (reply: Buffer) => Buffer;
}

/** A loopback proxy in front of a port, which breaks connections on demand. */
export class TcpProxy {
  readonly #targetPort: number;
  readonly #rewrite: (reply: Buffer) => Buffer;
  readonly #clients = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  #server: Server | undefined;
  #holding = false;
  readonly #seen: Record<Sender, string> = { client: '', server: '' };
  /** Decides on everything that passes; replaced by tests. */
  decide: (sender: Sender, bytes: Buffer, client: Socket) => Verdict = () => 'pass';
  port = 0;
  /** Connections that were accepted, and that were cut by a verdict. */
  readonly count = { accepted: 0, cut: 0 };

  private constructor(targetPort: number, { rewrite = (reply) => reply }: TcpProxyOptions) {
    this.#targetPort = targetPort;
    this.#rewrite = rewrite;
  }

  static async start(targetPort: number, options: TcpProxyOptions = {}): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort, options);
    await proxy.accept();
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#clients.size;
  }

  /** How often a text occurred in what came from one side. */
  countOf(text: string, sender: Sender = 'client'): number {
    return this.#seen[sender].split(text).length - 1;
  }

  /** Cuts the connection of the next request that contains a text, once. */
  cutNext(text: string, point: CutPoint): void {
    let found: Socket | undefined;
    this.decide = (sender, bytes, client) => {
      if (sender === 'client' && found === undefined && bytes.includes(text)) {
        found = client;
        if (point === 'before-request') return 'cut-before';
        if (point === 'after-request') return 'cut-after';
      } else if (sender === 'server' && client === found) {
        return point === 'amid-reply' ? 'cut-amid' : 'cut-before';
      }
      return 'pass';
    };
  }

  /** Cuts all connections that are open. */
  cutAll(): void {
    for (const client of this.#clients) client.destroy();
  }

  /** Keeps replies back until `release`. */
  hold(): void {
    this.#holding = true;
  }

  release(): void {
    this.#holding = false;
    for (const send of this.#held.splice(0)) send();
  }

  /** Refuses new connections until `accept`. */
  async refuse(): Promise<void> {
    this.#server?.close();
    this.#server = undefined;
  }

  async accept(): Promise<void> {
    const server = createServer((client) => this.#serve(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
  }

  stop(): void {
    this.#server?.close();
    this.cutAll();
  }

  #serve(client: Socket): void {
    this.count.accepted += 1;
    this.#clients.add(client);
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    client.on('data', (bytes) => {
      this.#seen.client += bytes.toString('latin1');
      this.#pass(this.decide('client', bytes, client), bytes, server, client);
    });
    server.on('data', (bytes) => {
      this.#seen.server += bytes.toString('latin1');
      const reply = this.#rewrite(bytes);
      const send = (): void =>
        this.#pass(this.decide('server', reply, client), reply, client, client);
      if (this.#holding) this.#held.push(send);
      else send();
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => {});
      one.on('end', () => other.end());
      one.on('close', () => {
        this.#clients.delete(client);
        // What was written before still goes out.
        other.destroySoon();
      });
    }
  }

  #pass(verdict: Verdict, bytes: Buffer, to: Socket, client: Socket): void {
    if (client.destroyed) return;
    if (verdict === 'pass') {
      to.write(bytes);
      return;
    }
    this.count.cut += 1;
    if (verdict === 'cut-after') to.write(bytes);
    if (verdict === 'cut-amid') to.write(bytes.subarray(0, bytes.length >> 1));
    if (to === client) client.destroySoon();
    else client.destroy();
  }
}
