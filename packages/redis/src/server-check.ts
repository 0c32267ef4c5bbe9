import { worldError } from '@world/contract';
import type { Redis } from 'ioredis';

/** What a server says of itself: whether this package can use it, and what its users should know. */

/** ZADD, XRANGE and scripts as they are used here. */
const MIN_VERSION = [6, 2] as const;

/** Facts that decide how a server is used. */
export interface ServerFacts {
  /** Has sharded channels, so that a cluster does not tell every node of every event: Redis 7, and Valkey. */
  readonly shardedChannels: boolean;
}

type Info = ReadonlyMap<string, string>;

function parseInfo(text: string): Info {
  const lines = text.split(/\r?\n/).map((line) => /^(\w+):(.*)$/.exec(line));
  return new Map(lines.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? '']] : [])));
}

const versionOf = (info: Info): readonly number[] =>
  (info.get('redis_version') ?? '').split('.').map(Number);

const incompatible = (label: string, problem: string) =>
  worldError('STORE_INCOMPATIBLE', `${label}: ${problem}`, { details: { address: label } });

function assertUsable(info: Info, label: string, isCluster: boolean): void {
  const [major = 0, minor = 0] = versionOf(info);
  const [needMajor, needMinor] = MIN_VERSION;
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    throw incompatible(
      label,
      `the server is Redis ${info.get('redis_version')}; version ${MIN_VERSION.join('.')} or later is needed`,
    );
  }
  if (!isCluster && info.get('cluster_enabled') === '1') {
    throw incompatible(label, `the server is part of a cluster; use redis+cluster://${label}`);
  }
  if (info.get('role') === 'slave') {
    throw worldError(
      'STORE_UNAVAILABLE',
      `${label}: the server is a read-only replica; connect to the primary`,
      { details: { address: label } },
    );
  }
}

/** What may take away acknowledged events, in a line each. */
async function findRisks(server: Redis, info: Info): Promise<readonly string[]> {
  const policy = info.get('maxmemory_policy') ?? '';
  const risks = policy.startsWith('allkeys-')
    ? [`maxmemory-policy is ${policy}, which may remove runs; set it to noeviction`]
    : [];
  if (info.get('aof_enabled') !== '0') return risks;
  // Managed services forbid CONFIG; they persist in ways of their own.
  const save = await server.config('GET', 'save').catch(() => undefined);
  return Array.isArray(save) && save[1] === ''
    ? [...risks, 'persistence is off: a restart loses all runs; set appendonly yes']
    : risks;
}

/**
 * Checks a server before it is used. `warn` gets each risk.
 * @throws STORE_INCOMPATIBLE when it is too old or of the wrong kind, STORE_UNAVAILABLE when it is a replica.
 */
export async function checkServer(
  server: Redis,
  options: {
    readonly label: string;
    readonly isCluster: boolean;
    readonly warn: (risk: string) => void;
  },
): Promise<ServerFacts> {
  // A user without the right to ask uses the server as it is.
  const text = await server.info().catch((error: Error) => {
    if (error.message.startsWith('NOPERM')) return undefined;
    throw error;
  });
  if (text === undefined) return { shardedChannels: false };
  const info = parseInfo(text);
  assertUsable(info, options.label, options.isCluster);
  for (const risk of await findRisks(server, info)) options.warn(risk);
  return { shardedChannels: (versionOf(info)[0] ?? 0) >= 7 };
}
