import { invalidArgument, KeySchema, type World, WorldError, worldError } from '@world/contract';
import { type Context, Hono } from 'hono';
import { FOLLOW, isMethodName, METHODS, routeOf } from '../methods.js';
import {
  CONTENT_TYPES,
  encodeBody,
  type Format,
  formatOf,
  HEADERS,
  WIRE_VERSION,
} from '../wire.js';
import { Access, type AccessToken } from './access.js';
import { liveEvents } from './live-events.js';
import { RequestError, readBody } from './read-body.js';
import { type RequestLine, requestIdOf } from './request-log.js';
import { wireErrorOf } from './wire-error.js';

/** What a server is like. */
export interface HandlerOptions {
  /** Whoever has one of these may call; everybody when there are none. */
  readonly tokens?: readonly AccessToken[] | undefined;
  /** Nothing may be changed, whatever the token. */
  readonly readOnly?: boolean | undefined;
  /** Largest body of a request, bytes; 32 MiB when not given. */
  readonly bodyLimitBytes?: number | undefined;
  /** How long a body may take to arrive, ms; 30000 when not given. */
  readonly bodyTimeoutMs?: number | undefined;
  /** Followers at a time; 1000 when not given. */
  readonly liveLimit?: number | undefined;
  /** Gets a line about each request that has ended. */
  readonly log?: ((line: RequestLine) => void) | undefined;
  /** Gets what nobody expected: errors that are none of a world. */
  readonly onError?: ((error: unknown, requestId: string) => void) | undefined;
}

/** Answers requests, until it is stopped. */
export interface WorldHandler {
  (request: Request): Promise<Response>;
  /** Ends all live streams: their clients go on elsewhere. */
  stop(): void;
}

const DEFAULTS = {
  bodyLimitBytes: 32 * 1024 * 1024,
  bodyTimeoutMs: 30_000,
  liveLimit: 1000,
} as const;

interface Variables {
  requestId: string;
  namespace: string;
  code: string;
}

type Call = Context<{ Variables: Variables }>;

const namespaceOf = (header: string | undefined): string => {
  try {
    const namespace = decodeURIComponent(header ?? 'default');
    if (KeySchema.safeParse(namespace).success) return namespace;
  } catch {
    // Told below.
  }
  throw invalidArgument(HEADERS.namespace, 'is not a name');
};

function assertWireVersion(header: string | undefined): void {
  if (header === undefined || header === `${WIRE_VERSION}`) return;
  throw new RequestError(
    400,
    worldError(
      'STORE_INCOMPATIBLE',
      `the client speaks wire version ${header}, this server ${WIRE_VERSION}; update @world/remote-http on the older side`,
    ),
  );
}

/** The format that an answer is asked for in: CBOR unless only JSON will do. */
function acceptedFormat(accept: string | undefined): Format {
  const asked = (accept ?? '').split(',').map(formatOf);
  if (asked.includes('cbor')) return 'cbor';
  return asked.includes('json') || accept === undefined || accept.includes('*/*') ? 'json' : 'cbor';
}

/**
 * Puts worlds behind HTTP: a function from requests to responses, for Node and whatever else has `fetch`. Give one world, or
 * a function that gives the world of a namespace; it is asked for each request, and keeps its worlds itself.
 */
export function createWorldHandler(
  worlds: World | ((namespace: string) => World),
  options: HandlerOptions = {},
): WorldHandler {
  const access = new Access(options.tokens ?? []);
  const limits = {
    bodyLimitBytes: options.bodyLimitBytes ?? DEFAULTS.bodyLimitBytes,
    bodyTimeoutMs: options.bodyTimeoutMs ?? DEFAULTS.bodyTimeoutMs,
  };
  const liveLimit = options.liveLimit ?? DEFAULTS.liveLimit;
  const stopping = new AbortController();
  let live = 0;

  const worldOf = (namespace: string): World => {
    if (typeof worlds === 'function') return worlds(namespace);
    if (namespace !== 'default') {
      throw worldError('FORBIDDEN', 'this server has one namespace only');
    }
    return worlds;
  };

  /** Who asks, and for what; then the body. */
  const admit = async (c: Call, writes: boolean) => {
    assertWireVersion(c.req.header(HEADERS.wireVersion));
    const namespace = namespaceOf(c.req.header(HEADERS.namespace));
    c.set('namespace', namespace);
    await access.assertMay(c.req.header('authorization'), { namespace, writes });
    if (options.readOnly === true && writes) {
      throw worldError('FORBIDDEN', 'this server only reads');
    }
    return { world: worldOf(namespace), body: await readBody(c.req.raw, limits) };
  };

  const app = new Hono<{ Variables: Variables }>();

  app.use(async (c, next) => {
    const start = performance.now();
    const requestId = requestIdOf(c.req.header(HEADERS.requestId));
    c.set('requestId', requestId);
    await next();
    c.header(HEADERS.requestId, requestId);
    c.header(HEADERS.wireVersion, `${WIRE_VERSION}`);
    options.log?.({
      time: new Date().toISOString(),
      requestId,
      method: c.req.method,
      path: c.req.path,
      ...(c.get('namespace') !== undefined && { namespace: c.get('namespace') }),
      status: c.res.status,
      ...(c.get('code') !== undefined && { code: c.get('code') }),
      ms: Math.round(performance.now() - start),
    });
  });

  const answer = (c: Call, value: unknown, status = 200): Response => {
    const format = acceptedFormat(c.req.header('accept'));
    return new Response(encodeBody(value, format), {
      status,
      headers: { 'content-type': CONTENT_TYPES[format], 'cache-control': 'no-store' },
    });
  };

  app.onError((error, c) => {
    const requestId = c.get('requestId');
    if (!WorldError.is(error) && !(error instanceof RequestError)) {
      options.onError?.(error, requestId);
    }
    const told = wireErrorOf(error, requestId);
    c.set('code', told.code);
    return answer(c, { error: told }, told.status);
  });

  app.notFound((c) => {
    throw new RequestError(
      404,
      invalidArgument('path', `${c.req.method} ${c.req.path} is no route`),
    );
  });

  app.get('/health', (c) => answer(c, { status: 'ok', wireVersion: WIRE_VERSION }));

  app.post(routeOf(FOLLOW), async (c) => {
    const { world, body } = await admit(c, false);
    if (live >= liveLimit) {
      throw worldError('THROTTLED', `${liveLimit} followers are here already`, {
        details: { retryAfter: 5 },
      });
    }
    live += 1;
    let ended = false;
    const onEnd = (): void => {
      if (!ended) live -= 1;
      ended = true;
    };
    try {
      const params = (body.params ?? {}) as Parameters<World['events']['follow']>[0];
      const signal = AbortSignal.any([stopping.signal, c.req.raw.signal]);
      const stream = liveEvents(world, params, { signal, requestId: c.get('requestId'), onEnd });
      return new Response(stream, {
        headers: { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' },
      });
    } catch (error) {
      onEnd();
      throw error;
    }
  });

  app.post(routeOf(':method'), async (c) => {
    const name = c.req.param('method') ?? '';
    if (!isMethodName(name)) {
      throw new RequestError(404, invalidArgument('path', `${c.req.path} is no route`));
    }
    const { args, effect, of } = METHODS[name];
    const { world, body } = await admit(c, effect !== 'read');
    const value = await of(world)(...(args.map((arg) => body[arg]) as never[]));
    return answer(c, value === undefined ? {} : { value });
  });

  const handler = async (request: Request): Promise<Response> => app.fetch(request);
  return Object.assign(handler, { stop: () => stopping.abort() });
}
