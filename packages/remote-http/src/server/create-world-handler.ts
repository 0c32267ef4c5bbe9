import { type FollowParams, type World, worldError } from '@world/contract';
import { type Context, Hono } from 'hono';
import { FOLLOW, isMethodName, isRouteName, METHODS, POLL, routeOf, WATCH } from '../methods.js';
import { CONTENT_TYPES, encodeBody, type Format, HEADERS, WIRE_VERSION } from '../wire.js';
import { Access, type TokenSource } from './access.js';
import { BodyMemory } from './body-memory.js';
import { liveChanges, watchedOf } from './live-changes.js';
import { liveEvents } from './live-events.js';
import { LiveSlots } from './live-slots.js';
import { longPollOf, pollEvents } from './long-poll.js';
import { type NodeExchange, readerOf, writeAnswer } from './node-exchange.js';
import { openApiDocument } from './open-api.js';
import { Places } from './places.js';
import { readBody } from './read-body.js';
import { refuse } from './request-error.js';
import { acceptedFormat, assertWireVersion, namespaceOf } from './request-headers.js';
import { NO_ROUTE, type RequestLine, requestIdOf } from './request-log.js';
import { tellError } from './wire-error.js';
import { givenWorlds, type Worlds } from './worlds.js';

/** What a server is like. */
export interface HandlerOptions {
  /** Whoever has one of these may call; everybody when not given, but no browser. A function can give others later. */
  readonly tokens?: TokenSource | undefined;
  /** Nothing may be changed, whatever the token. */
  readonly readOnly?: boolean | undefined;
  /** Largest body of a request, bytes; 32 MiB when not given. */
  readonly bodyLimitBytes?: number | undefined;
  /** Bodies of all requests at a time, bytes; 256 MiB when not given. */
  readonly bodyMemoryBytes?: number | undefined;
  /** How long a body may take to arrive, ms; 30000 when not given. */
  readonly bodyTimeoutMs?: number | undefined;
  /** Requests that are answered at a time, besides followers; 1000 when not given. */
  readonly requestLimit?: number | undefined;
  /** Followers at a time, over streams and polls; 1000 when not given. */
  readonly liveLimit?: number | undefined;
  /** Gets a line about each request when its answer begins. */
  readonly log?: ((line: RequestLine) => void) | undefined;
  /** Gets what callers are not told: errors that are none of a world, and those of the store behind it. */
  readonly onError?: ((error: unknown, requestId: string) => void) | undefined;
}

/** Answers requests, until it is stopped. */
export interface WorldHandler {
  (request: Request): Promise<Response>;
  /** Ends all live streams, and answers all polls: their clients go on elsewhere. */
  stop(): void;
}

/** A handler that may be given the exchange that a request is the face of. */
export interface WorldApp {
  fetch(request: Request, exchange?: NodeExchange): Promise<Response>;
  stop(): void;
}

const MIB = 1024 * 1024;
const DEFAULTS = {
  bodyLimitBytes: 32 * MIB,
  bodyMemoryBytes: 256 * MIB,
  bodyTimeoutMs: 30_000,
  requestLimit: 1000,
  liveLimit: 1000,
} as const;
/** Routes are short, and have no queries. */
const MAX_URL_LENGTH = 2048;

interface Variables {
  requestId: string;
  path: string;
  namespace: string;
  code: string;
}

/** Of a server of Node; empty elsewhere. */
type Bindings = Partial<NodeExchange>;

type Call = Context<{ Variables: Variables; Bindings: Bindings }>;

const exchangeOf = ({ env: { incoming, outgoing } }: Call): NodeExchange | undefined =>
  incoming && outgoing && { incoming, outgoing };
type Args = Readonly<Record<string, unknown>>;

/** Calls what a user has given: that it throws is no reason to fail. */
function tell<T extends unknown[]>(listener: ((...args: T) => void) | undefined, ...args: T): void {
  try {
    listener?.(...args);
  } catch {
    // Nobody is left to be told.
  }
}

/**
 * Puts worlds behind HTTP: a function from requests to responses, for Node and whatever else has `fetch`. Give one world, or
 * a function that gives the world of a namespace; it is asked for each request, and keeps its worlds itself.
 * @throws INVALID_ARGUMENT for tokens that are none.
 */
export function createWorldHandler(
  worlds: World | ((namespace: string) => World) | Worlds,
  options: HandlerOptions = {},
): WorldHandler {
  const { fetch, stop } = createWorldApp(worlds, options);
  return Object.assign((request: Request) => fetch(request), { stop });
}

/** The same for a server of Node, which can give the exchange along with the request. */
export function createWorldApp(
  worlds: World | ((namespace: string) => World) | Worlds,
  options: HandlerOptions = {},
): WorldApp {
  const source = 'lease' in worlds ? worlds : givenWorlds(worlds);
  const access = new Access(options.tokens);
  const limits = {
    bodyLimitBytes: options.bodyLimitBytes ?? DEFAULTS.bodyLimitBytes,
    bodyTimeoutMs: options.bodyTimeoutMs ?? DEFAULTS.bodyTimeoutMs,
  };
  const memory = new BodyMemory(options.bodyMemoryBytes ?? DEFAULTS.bodyMemoryBytes);
  const places = new Places(options.requestLimit ?? DEFAULTS.requestLimit, 'requests', 1);
  const live = new LiveSlots(options.liveLimit ?? DEFAULTS.liveLimit);

  const headersOf = (c: Call, contentType: string) => ({
    'content-type': contentType,
    'cache-control': 'no-store',
    [HEADERS.requestId]: c.get('requestId'),
    [HEADERS.wireVersion]: `${WIRE_VERSION}`,
  });

  const answer = (c: Call, value: unknown, status = 200, more = {}): Response => {
    const format: Format = acceptedFormat(c.req.header('accept'));
    const headers = { ...more, ...headersOf(c, CONTENT_TYPES[format]) };
    const bytes = encodeBody(value, format);
    const exchange = exchangeOf(c);
    return exchange === undefined
      ? new Response(bytes, { status, headers })
      : writeAnswer(exchange, status, headers, bytes);
  };

  /** Who asks, and for what; then the body; then the world, which nothing bad opens. */
  const admit = async (c: Call, writes: boolean, names: readonly string[]) => {
    c.set('path', c.req.path);
    assertWireVersion(c.req.header(HEADERS.wireVersion));
    const namespace = namespaceOf(c.req.header(HEADERS.namespace));
    // A page that somebody has open could ask in their name, when nobody has to show a token.
    if (access.isOpen && c.req.header('origin') !== undefined) {
      throw worldError('FORBIDDEN', 'this server has no tokens, and so does not serve browsers');
    }
    await access.assertMay(c.req.header('authorization'), { namespace, writes });
    c.set('namespace', namespace);
    if (options.readOnly === true && writes) {
      throw worldError('FORBIDDEN', 'this server only reads');
    }
    const leave = places.take();
    let releaseBody = (): void => {};
    const releaseRequest = (): void => {
      releaseBody();
      leave();
    };
    try {
      const exchange = exchangeOf(c);
      const openBody = () =>
        exchange === undefined ? c.req.raw.body?.getReader() : readerOf(exchange);
      const body = await readBody(c.req.raw.headers, openBody, names, { limits, memory });
      releaseBody = body.release;
      const lease = source.lease(namespace);
      return { world: lease.world, args: body.args, releaseRequest, releaseWorld: lease.release };
    } catch (error) {
      releaseRequest();
      throw error;
    }
  };

  /** As `admit`, for a request that is held for long: only what `read` takes from its body is kept. */
  const admitLive = async <T>(c: Call, names: readonly string[], read: (args: Args) => T) => {
    const { world, args, releaseRequest, releaseWorld } = await admit(c, false, names);
    releaseRequest();
    try {
      const params = read(args);
      const slot = live.take(c.req.raw.signal);
      const release = (): void => {
        slot.release();
        releaseWorld();
      };
      return { world, params, signal: slot.signal, release };
    } catch (error) {
      releaseWorld();
      throw error;
    }
  };

  /** An answer that goes on; `make` ends with what `release` gives back. */
  const liveAnswer = (
    c: Call,
    make: () => ReadableStream<Uint8Array>,
    release: () => void,
  ): Response => {
    try {
      return new Response(make(), { headers: headersOf(c, 'application/octet-stream') });
    } catch (error) {
      release();
      throw error;
    }
  };

  const only = (c: Call, allow: string): never => {
    c.set('path', c.req.path);
    throw refuse(405, 'method', `${c.req.path} takes ${allow} only`, { allow });
  };

  const app = new Hono<{ Variables: Variables; Bindings: Bindings }>();

  app.use(async (c, next) => {
    const start = performance.now();
    const requestId = requestIdOf(c.req.header(HEADERS.requestId));
    c.set('requestId', requestId);
    c.set('path', NO_ROUTE);
    await next();
    tell(options.log, {
      time: new Date().toISOString(),
      requestId,
      method: c.req.method,
      path: c.get('path'),
      ...(c.get('namespace') !== undefined && { namespace: c.get('namespace') }),
      status: c.res.status,
      ...(c.get('code') !== undefined && { code: c.get('code') }),
      ms: Math.round(performance.now() - start),
    });
  });

  app.use(async (c, next) => {
    if (c.req.url.length > MAX_URL_LENGTH) {
      throw refuse(414, 'url', `is longer than ${MAX_URL_LENGTH} characters`);
    }
    await next();
  });

  app.onError((error, c) => {
    const requestId = c.get('requestId');
    const { wire, headers, isHidden } = tellError(error, requestId);
    if (isHidden) tell(options.onError, error, requestId);
    c.set('code', wire.code);
    return answer(c, { error: wire }, wire.status, headers);
  });

  app.notFound(() => {
    throw refuse(404, 'path', 'is no route; /openapi.json has all of them');
  });

  const document = (c: Call, value: unknown): Response => {
    c.set('path', c.req.path);
    return answer(c, value);
  };
  app.get('/health', (c) => document(c, { status: 'ok', wireVersion: WIRE_VERSION }));
  app.all('/health', (c) => only(c, 'GET, HEAD'));
  app.get('/openapi.json', (c) => {
    c.set('path', c.req.path);
    return c.json(openApiDocument(), 200, headersOf(c, CONTENT_TYPES.json));
  });
  app.all('/openapi.json', (c) => only(c, 'GET, HEAD'));

  app.post(routeOf(FOLLOW), async (c) => {
    const paramsOf = (args: Args) => (args.params ?? {}) as FollowParams;
    const { world, params, signal, release } = await admitLive(c, ['params'], paramsOf);
    const requestId = c.get('requestId');
    const onError = (error: unknown): void => tell(options.onError, error, requestId);
    return liveAnswer(
      c,
      () => liveEvents(world, params, { signal, requestId, onEnd: release, onError }),
      release,
    );
  });

  app.post(routeOf(WATCH), async (c) => {
    const { world, params, signal, release } = await admitLive(c, ['stream'], watchedOf);
    return liveAnswer(c, () => liveChanges(world, params, { signal, onEnd: release }), release);
  });

  app.post(routeOf(POLL), async (c) => {
    const names = ['params', 'waitMs'];
    const { world, params, signal, release } = await admitLive(c, names, longPollOf);
    try {
      return answer(c, { value: await pollEvents(world, params, signal) });
    } finally {
      release();
    }
  });

  app.post(routeOf(':method'), async (c, next) => {
    const name = c.req.param('method') ?? '';
    if (!isMethodName(name)) return next();
    const { args: names, effect, of } = METHODS[name];
    const { world, args, releaseRequest, releaseWorld } = await admit(c, effect !== 'read', names);
    let isEmpty = false;
    try {
      const value = await of(world)(...(names.map((one) => args[one]) as never[]));
      isEmpty = name === 'deleteNamespace';
      return answer(c, value === undefined ? {} : { value });
    } finally {
      releaseRequest();
      releaseWorld(isEmpty);
    }
  });
  app.all(routeOf(':method'), (c, next) => {
    const name = c.req.param('method') ?? '';
    return c.req.method !== 'POST' && isRouteName(name) ? only(c, 'POST') : next();
  });

  return {
    fetch: async (request, exchange) => app.fetch(request, exchange ?? {}),
    stop: () => live.stop(),
  };
}
