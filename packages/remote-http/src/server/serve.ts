import type { Server } from 'node:http';
import { isIP } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { invalidArgument, type World } from '@world/contract';
import { createWorldHandler, type HandlerOptions } from './create-world-handler.js';

export interface ServeOptions extends HandlerOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number | undefined;
  /** 127.0.0.1 when not given. Any but a loopback address needs tokens. */
  readonly host?: string | undefined;
  /** How long stopping waits for requests in flight, ms; 10000 when not given. */
  readonly stopTimeoutMs?: number | undefined;
}

/** A running server. */
export interface ServedWorlds {
  readonly url: string;
  /** Takes no more requests, finishes those in flight, ends live streams, and closes the worlds. */
  stop(): Promise<void>;
}

const DEFAULT_STOP_MS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Serves the worlds of a function, by namespace, on Node. Each is opened by its first request. */
export async function serve(
  openWorld: (namespace: string) => World,
  options: ServeOptions = {},
): Promise<ServedWorlds> {
  const { host = '127.0.0.1', port = 0, stopTimeoutMs = DEFAULT_STOP_MS, ...handling } = options;
  if (!isLoopback(host) && (handling.tokens ?? []).length === 0) {
    throw invalidArgument('host', `${host} is public: give tokens, or serve on 127.0.0.1`);
  }
  const worlds = new Map<string, World>();
  const handler = createWorldHandler((namespace) => {
    const world = worlds.get(namespace) ?? openWorld(namespace);
    worlds.set(namespace, world);
    return world;
  }, handling);
  const server = createAdaptorServer({
    fetch: handler,
    serverOptions: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      // Bodies have a deadline of their own; live streams have none.
      requestTimeout: 0,
    },
  }) as Server;
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
      handler.stop();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), stopTimeoutMs);
      await closed;
      clearTimeout(timer);
      await Promise.all([...worlds.values()].map((world) => world.close()));
    },
  };
}
