import { redisProgram } from './redis-program.js';
import { sendCommand } from './send-command.js';
import { type RedisServer, startRedis } from './start-redis.js';
import { until } from './until.js';

/** How a cluster is started. */
export interface ClusterOptions {
  /** Default: `redisProgram()`. */
  readonly program?: string | undefined;
  /** How many masters; default 3. */
  readonly nodes?: number | undefined;
}

/** A cluster of real servers, masters only, with all slots spread evenly. */
export interface RedisCluster {
  /** `redis+cluster://127.0.0.1:PORT,127.0.0.1:PORT,…` with all nodes. */
  readonly url: string;
  /** In the order of their slots. */
  readonly nodes: readonly RedisServer[];
  /** Resolves when all nodes see a sound cluster, within 30 s: for use after a restart of a node. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const READY_MS = 30_000;
const NODE_ARGS = [
  ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'],
  ...['--cluster-node-timeout', '2000', '--cluster-announce-ip', '127.0.0.1'],
];

/**
 * Starts a cluster without replicas: while a node is away, its slots are, and with the default of
 * cluster-require-full-coverage so are all others. Resolves when every node says that the cluster is sound.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const program = options.program ?? (await redisProgram());
  const starts = await Promise.allSettled(
    Array.from({ length: options.nodes ?? 3 }, () => startRedis({ program, args: NODE_ARGS })),
  );
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const ready = (): Promise<void> => until(() => unsound(nodes), READY_MS);
  try {
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    await join(nodes);
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
  return { url: `redis+cluster://${hosts.join(',')}`, nodes, ready, stop };
}

async function join(nodes: readonly RedisServer[]): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    const first = Math.ceil((index * SLOTS) / nodes.length);
    const last = Math.ceil(((index + 1) * SLOTS) / nodes.length) - 1;
    // ADDSLOTSRANGE is new in Redis 7: https://redis.io/docs/latest/commands/cluster-addslotsrange/
    const slots = Array.from({ length: last - first + 1 }, (_, slot) => String(first + slot));
    await sendCommand(node, 'CLUSTER', 'ADDSLOTS', ...slots);
    // Equal epochs are a conflict that nodes would have to settle first.
    await sendCommand(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
  }
  for (const [index, node] of nodes.entries()) {
    for (const { port } of nodes.slice(index + 1)) {
      await sendCommand(node, 'CLUSTER', 'MEET', '127.0.0.1', String(port));
    }
  }
}

/** What a node misses: each has to see all slots served, and all nodes connected. */
async function unsound(nodes: readonly RedisServer[]): Promise<string | undefined> {
  for (const node of nodes) {
    const info = await sendCommand(node, 'CLUSTER', 'INFO').catch(String);
    const table = await sendCommand(node, 'CLUSTER', 'NODES').catch(String);
    const peers = table.trim().split('\n');
    const sound =
      info.includes('cluster_state:ok') &&
      info.includes(`cluster_slots_ok:${SLOTS}`) &&
      peers.length === nodes.length &&
      peers.every((peer) => / (myself,)?master - .* connected /.test(peer));
    if (!sound) return `the node on port ${node.port} says\n${info}\n${table}`;
  }
  return undefined;
}
