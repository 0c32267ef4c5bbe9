import { invalidArgument } from '@world/contract';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';

/** Where the servers are, as a URL or a caller's client says, and how a connection to them is made. */

/** A connection of ioredis to one server or to a cluster. */
export type Client = Redis | Cluster;

/** Makes connections to one place. */
export interface Address {
  /** Host and port as messages show them, without user and password. */
  readonly label: string;
  /** Names the data: no two databases have the same. Absent where that cannot be told. */
  readonly place?: string;
  readonly isCluster: boolean;
  /** A new, closed connection. What was sent on it is never sent again: only the caller can know whether it may be. */
  createClient(timeoutMs: number): Client;
  /** A new, closed connection for subscriptions, which it renews by itself. */
  createSubscriber(): Client;
}

type NodeOptions = NonNullable<ClusterOptions['redisOptions']>;

// RESP2: replies of scripts are the same in both, and every proxy and managed service speaks it. The rest is what a caller's
// client may have otherwise, and what would change names of keys, replies, or how often a command is sent.
const PLAIN = {
  protocol: 2,
  replyMapping: 'legacy',
  keyPrefix: '',
  stringNumbers: false,
  enableAutoPipelining: false,
  reconnectOnError: null,
  // How long a server that does not answer keeps the process alive after `close`.
  disconnectTimeout: 100,
} as const satisfies NodeOptions;

const ofNode = (timeoutMs: number) =>
  ({
    ...PLAIN,
    commandTimeout: timeoutMs,
    connectTimeout: Math.min(timeoutMs, 5000),
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: timeoutMs,
  }) satisfies NodeOptions;

// By itself ioredis sends again what was not answered, or never settles it, when it may not.
const onceOnly = (timeoutMs: number) =>
  ({
    ...ofNode(timeoutMs),
    lazyConnect: true,
    retryStrategy: () => null,
    enableOfflineQueue: false,
  }) satisfies RedisOptions;

const onceOnlyCluster = (timeoutMs: number) =>
  ({
    lazyConnect: true,
    keyPrefix: '',
    enableAutoPipelining: false,
    scaleReads: 'master',
    clusterRetryStrategy: () => null,
    slotsRefreshTimeout: Math.min(timeoutMs, 5000),
    // 0: a command whose connection was closed is not sent again.
    retryDelayOnFailover: 0,
    enableOfflineQueue: false,
  }) satisfies ClusterOptions;

const subscribing = {
  ...PLAIN,
  lazyConnect: true,
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(50 * times, 1000),
} satisfies RedisOptions;

const subscribingCluster = {
  lazyConnect: true,
  keyPrefix: '',
  shardedSubscribers: true,
  clusterRetryStrategy: (times: number) => Math.min(50 * times, 1000),
} satisfies ClusterOptions;

const CLUSTER_URL = /^(rediss?)\+cluster:\/\/(?:([^@/]*)@)?([^@/]+)\/?$/;
const HOST = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;

const bad = (problem: string) =>
  invalidArgument(
    'url',
    `${problem}; expected redis://host:6379/0, rediss://user:password@host:6380, or redis+cluster://host:6379,host:6380`,
  );

/** @throws INVALID_ARGUMENT for anything that is no URL of a Redis server or cluster; the URL itself is not shown. */
export function addressOfUrl(url: string): Address {
  if (/^rediss?\+cluster:/.test(url)) return addressOfCluster(url);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw bad('is not the URL of a Redis server');
  }
  const db = /^\/?(\d*)$/.exec(parsed.pathname)?.[1];
  if (db === undefined) throw bad('names no database by its number');
  if (parsed.search !== '' || parsed.hash !== '') throw bad('has options, of which there are none');
  const options = {
    ...tlsOf(parsed.protocol === 'rediss:'),
    ...credentials(parsed.username, parsed.password),
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 6379),
    db: Number(db),
  } satisfies RedisOptions;
  return {
    label: parsed.host,
    place: `${parsed.hostname}:${options.port}/${options.db}`,
    isCluster: false,
    createClient: (timeoutMs) => new Redis({ ...onceOnly(timeoutMs), ...options }),
    createSubscriber: () => new Redis({ ...subscribing, ...options }),
  };
}

function addressOfCluster(url: string): Address {
  const [, scheme, userInfo = '', list = ''] = CLUSTER_URL.exec(url) ?? [];
  if (scheme === undefined) throw bad('is not the URL of a Redis cluster');
  const nodes = list.split(',').map((text) => {
    const [, host, port = '6379'] = HOST.exec(text) ?? [];
    if (host === undefined || Number(port) > 65_535) throw bad('names a node that is no host:port');
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
  const [username = '', password = ''] = userInfo.split(/:(.*)/s);
  const security = { ...tlsOf(scheme === 'rediss'), ...credentials(username, password) };
  const ofNodes = scheme === 'rediss' ? { dnsLookup: keepName } : {};
  return {
    label: list,
    place: list,
    isCluster: true,
    createClient: (timeoutMs) =>
      new Cluster(nodes, {
        ...onceOnlyCluster(timeoutMs),
        ...ofNodes,
        redisOptions: { ...ofNode(timeoutMs), ...security },
      }),
    createSubscriber: () =>
      new Cluster(nodes, {
        ...subscribingCluster,
        ...ofNodes,
        redisOptions: { ...PLAIN, ...security },
      }),
  };
}

/** Connections like a caller's own, to the same place. The caller's client itself is not touched. */
export function addressOfClient(client: Client): Address {
  if (isCluster(client)) {
    // Not yet known before it is connected.
    const nodes = client.nodes('master').map(labelOf).join(',');
    return {
      label: nodes || 'the cluster of the client',
      ...(nodes && { place: nodes }),
      isCluster: true,
      createClient: (timeoutMs) =>
        client.duplicate([], {
          ...onceOnlyCluster(timeoutMs),
          redisOptions: { ...client.options.redisOptions, ...ofNode(timeoutMs) },
        }),
      createSubscriber: () =>
        client.duplicate([], {
          ...subscribingCluster,
          redisOptions: { ...client.options.redisOptions, ...PLAIN },
        }),
    };
  }
  return {
    label: labelOf(client),
    ...placeOf(client),
    isCluster: false,
    createClient: (timeoutMs) => client.duplicate(onceOnly(timeoutMs)),
    createSubscriber: () => {
      // Its end would reject what ioredis sends by itself when it subscribes again, and nobody would catch that.
      const { commandTimeout: _, ...options } = client.options;
      return new Redis({ ...options, ...subscribing });
    },
  };
}

const isCluster = (client: Client): client is Cluster => client.isCluster;

const labelOf = ({ options }: Pick<Redis, 'options'>): string =>
  options.path ?? `${options.host ?? 'localhost'}:${options.port ?? 6379}`;

/** Sentinels and other connectors say where the data is when they are asked, and may say something else each time. */
const placeOf = ({ options }: Pick<Redis, 'options'>): Pick<Address, 'place'> =>
  options.sentinels || options.Connector
    ? {}
    : { place: `${labelOf({ options })}/${options.db ?? 0}` };

const tlsOf = (secure: boolean) => (secure ? { tls: {} } : {});

const credentials = (username: string, password: string) => ({
  ...(username !== '' && { username: decoded(username) }),
  ...(password !== '' && { password: decoded(password) }),
});

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad('has a user or password with a % that is not written as %25');
  }
}

/** Certificates of managed clusters are made out to names, not to the addresses that these resolve to. */
const keepName: NonNullable<ClusterOptions['dnsLookup']> = (name, callback) => callback(null, name);
