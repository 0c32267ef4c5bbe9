import {
  type Capabilities,
  createWorld as createWorldOf,
  invalidArgument,
  KeySchema,
  type World,
  type WorldOptions,
} from '@world/contract';
import { nodePlatform } from '@world/delivery';
import { type Address, addressOfClient, addressOfUrl, type Client } from './address.js';
import { CAPABILITIES, RedisStore } from './redis-store.js';

/** Which server, and how it is used, besides what every world takes. */
export interface RedisWorldOptions extends WorldOptions {
  /**
   * `redis://host:6379/0`, `rediss://user:password@host:6380`, `redis+cluster://host:6379,host:6380`, `rediss+cluster://…`;
   * `WORKFLOW_WORLD_URL` when not given, and `redis://127.0.0.1:6379` when that is not set either.
   */
  url?: string | undefined;
  /** A client of ioredis, instead of a URL: the world makes connections like it, and neither uses nor closes it itself. */
  client?: Client | undefined;
  /** Worlds of one namespace share their data; `default` when not given. */
  namespace?: string | undefined;
  /** How long a call may take, with waiting for a server that restarts, ms; 10000 when not given. */
  timeoutMs?: number | undefined;
  /** Gets a line about a server that may lose data, each once; `console.warn` when not given, and once per process then. */
  onWarning?: ((message: string) => void) | undefined;
}

const DEFAULT_URL = 'redis://127.0.0.1:6379';
const DEFAULT_TIMEOUT_MS = 10_000;
/** Timers of Node.js take no more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What worlds of this package can do, on a server that syncs its log to disk before it answers. */
export const capabilities: Capabilities = CAPABILITIES;

function addressOf({ url, client }: RedisWorldOptions): Address {
  if (client === undefined) {
    const given: unknown = url ?? (process.env.WORKFLOW_WORLD_URL || DEFAULT_URL);
    if (typeof given !== 'string') throw invalidArgument('url', 'is no text');
    return addressOfUrl(given);
  }
  if (url !== undefined) throw invalidArgument('client', 'is given beside url; give one of them');
  const isClient = typeof client === 'object' && client !== null && 'duplicate' in client;
  if (!isClient) throw invalidArgument('client', 'is no client of ioredis');
  return addressOfClient(client);
}

/** Passes each message on once. */
function onceEach(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (told.has(message)) return;
    told.add(message);
    warn(`@world/redis: ${message}`);
  };
}

/** For all worlds of this process: clients make several of one. */
const warnOnce = onceEach((message) => console.warn(message));

/**
 * A World in Redis, Valkey or a Redis Cluster, for any number of processes and machines. It connects with the first call.
 * @throws INVALID_ARGUMENT for bad options. Calls throw STORE_UNAVAILABLE when no server answers in time or it can take no
 * writes, and STORE_INCOMPATIBLE when it is too old, of another kind, or refuses the user.
 */
export function createWorld(options: RedisWorldOptions = {}): World {
  const {
    url,
    client,
    namespace = 'default',
    timeoutMs = DEFAULT_TIMEOUT_MS,
    onWarning,
    ...common
  } = options;
  if (!KeySchema.safeParse(namespace).success) throw invalidArgument('namespace', 'is not a name');
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0 || timeoutMs > MAX_TIMEOUT_MS) {
    throw invalidArgument('timeoutMs', `is not a number of ms from above 0 to ${MAX_TIMEOUT_MS}`);
  }
  if (onWarning !== undefined && typeof onWarning !== 'function') {
    throw invalidArgument('onWarning', 'is not a function');
  }
  const warn = onWarning === undefined ? warnOnce : onceEach(onWarning);
  const store = new RedisStore({ address: addressOf({ url, client }), namespace, timeoutMs, warn });
  return createWorldOf(store, common, nodePlatform());
}
