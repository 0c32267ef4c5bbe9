import { invalidArgument, type World } from '@world/contract';
import { createWorldApp, type HandlerOptions } from './create-world-handler.js';
import { createDrain } from './drain.js';
import { isLoopback } from './loopback.js';
import { createNodeServer } from './node-server.js';
import { OpenWorlds } from './worlds.js';

export interface ServeOptions extends HandlerOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number | undefined;
  /** 127.0.0.1 when not given. Any but a loopback address needs tokens. */
  readonly host?: string | undefined;
  /** How long stopping waits for requests in flight, ms; 10000 when not given. */
  readonly stopTimeoutMs?: number | undefined;
  /** Namespaces that are open at a time; 256 when not given. The one that was idle longest makes room. */
  readonly namespaceLimit?: number | undefined;
  /** Connections at a time; 10000 when not given. */
  readonly maxConnections?: number | undefined;
  /** How long the head of a request may take to arrive, ms; 10000 when not given. */
  readonly headersTimeoutMs?: number | undefined;
  /** How long nothing may be sent or taken on a connection, ms; 120000 when not given. */
  readonly idleTimeoutMs?: number | undefined;
}

/** A running server. */
export interface ServedWorlds {
  readonly url: string;
  /** Takes no more requests, finishes those in flight, ends live streams, and closes the worlds. */
  stop(): Promise<void>;
}

const DEFAULTS = {
  stopTimeoutMs: 10_000,
  namespaceLimit: 256,
  maxConnections: 10_000,
  headersTimeoutMs: 10_000,
  idleTimeoutMs: 120_000,
} as const;

/**
 * Serves the worlds of a function, by namespace, on Node. Each is opened by its first request.
 * @throws INVALID_ARGUMENT for a public address without tokens.
 */
export async function serve(
  openWorld: (namespace: string) => World,
  options: ServeOptions = {},
): Promise<ServedWorlds> {
  const { host = '127.0.0.1', port = 0, ...handling } = options;
  if (!isLoopback(host) && handling.tokens === undefined) {
    throw invalidArgument('host', `${host || '""'} is public: give tokens, or serve on 127.0.0.1`);
  }
  const worlds = new OpenWorlds(openWorld, options.namespaceLimit ?? DEFAULTS.namespaceLimit);
  const app = createWorldApp(worlds, handling);
  const server = createNodeServer(app.fetch, {
    headersTimeoutMs: options.headersTimeoutMs ?? DEFAULTS.headersTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs ?? DEFAULTS.idleTimeoutMs,
    maxConnections: options.maxConnections ?? DEFAULTS.maxConnections,
  });
  const drain = createDrain(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      app.stop();
      drain();
      const stopTimeoutMs = options.stopTimeoutMs ?? DEFAULTS.stopTimeoutMs;
      const timer = setTimeout(() => server.closeAllConnections(), stopTimeoutMs);
      await closed;
      clearTimeout(timer);
      await worlds.close();
    },
  };
}
