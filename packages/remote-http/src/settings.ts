import { invalidArgument, KeySchema, type WorldOptions } from '@world/contract';
import type { Live } from './remote-follow.js';
import type { TransportOptions } from './transport.js';

/** Which server, and how it is used, besides what every world takes. */
export interface RemoteWorldOptions extends WorldOptions {
  /** `http://host:port` or `https://…`, with the path that the routes are behind; `WORKFLOW_WORLD_URL` when not given. */
  url?: string | undefined;
  /** Bearer token; `WORKFLOW_WORLD_TOKEN` when not given. */
  token?: string | undefined;
  /** Worlds of one namespace share their data; `default` when not given. */
  namespace?: string | undefined;
  /** What requests are sent with; when not given, connections of this world's own. */
  fetch?: typeof fetch | undefined;
  /** How long one attempt may take, ms, and how long `close` waits for calls that were begun; 10000 when not given. */
  timeoutMs?: number | undefined;
  /** How often a call is sent again when nobody knows whether it was done; 5 when not given. */
  retries?: number | undefined;
  /** How logs are followed; `auto` when not given. */
  live?: Live | undefined;
}

const DEFAULTS = { namespace: 'default', timeoutMs: 10_000, retries: 5, live: 'auto' } as const;

/** As long as timers can be. */
const MAX_MS = 2 ** 31 - 1;

const LIVE: Readonly<Record<Live, true>> = { auto: true, stream: true, poll: true };

/** Options, checked and complete. @throws INVALID_ARGUMENT */
export function settingsOf(
  options: RemoteWorldOptions,
): TransportOptions & { readonly live: Live } {
  const {
    namespace = DEFAULTS.namespace,
    timeoutMs = DEFAULTS.timeoutMs,
    retries = DEFAULTS.retries,
    live = DEFAULTS.live,
    fetch: send,
  } = options;
  if (!KeySchema.safeParse(namespace).success) throw invalidArgument('namespace', 'is not a name');
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0 && timeoutMs <= MAX_MS)) {
    throw invalidArgument('timeoutMs', `is not a number of ms above 0, ${MAX_MS} at most`);
  }
  if (!Number.isInteger(retries) || retries < 0) {
    throw invalidArgument('retries', 'is not a number of retries');
  }
  if (!Object.hasOwn(LIVE, live)) {
    throw invalidArgument('live', `is none of ${Object.keys(LIVE).join(', ')}`);
  }
  if (send !== undefined && typeof send !== 'function')
    throw invalidArgument('fetch', 'is not a function');
  return {
    base: baseOf(options.url ?? process.env.WORKFLOW_WORLD_URL),
    token: tokenOf(options.token ?? process.env.WORKFLOW_WORLD_TOKEN),
    namespace,
    timeoutMs,
    retries,
    live,
    fetch: send,
  };
}

function baseOf(url: unknown): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw invalidArgument('url', 'is not the URL of a server, expected http://host:port');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalidArgument('url', 'holds a user or password; give the token as an option');
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw invalidArgument('url', 'has a query or fragment; expected http://host:port/path');
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}

/** What does not fit into a header would be shown in the error of `fetch`. */
function tokenOf(token: unknown): string | undefined {
  if (token === undefined || token === '') return undefined;
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw invalidArgument('token', 'is not of visible ASCII characters');
  }
  return token;
}
