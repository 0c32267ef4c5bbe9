import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Capabilities,
  createWorld as createWorldOf,
  invalidArgument,
  KeySchema,
  type World,
  type WorldOptions,
} from '@world/contract';
import { nodePlatform } from '@world/delivery';
import { CAPABILITIES, SqliteStore } from './sqlite-store.js';

/** Which file, and how it is used, besides what every world takes. */
export interface SqliteWorldOptions extends WorldOptions {
  /** `sqlite:./world.db`; `WORKFLOW_WORLD_URL` when not given, and `sqlite:./world.db` when that is not set either. */
  url?: string | undefined;
  /** Worlds of one namespace share their data; `default` when not given. */
  namespace?: string | undefined;
  /**
   * `full`, the default: an acknowledged event survives a power loss. `relaxed`: it survives a process kill; commits
   * need no sync to disk, and a power loss may take the last ones.
   */
  durability?: 'full' | 'relaxed' | undefined;
  /** How long an append waits for other processes, ms; 5000 when not given. */
  busyTimeoutMs?: number | undefined;
}

const DEFAULT_URL = 'sqlite:./world.db';
const DEFAULT_BUSY_TIMEOUT_MS = 5000;

/** What worlds of this package can do, with the default durability. */
export const capabilities: Capabilities = CAPABILITIES;

/** `sqlite:./world.db`, `sqlite:/var/lib/world.db` or `sqlite:///var/lib/world.db`; relative to the working folder. */
function pathOf(url: unknown): string {
  const bad = () =>
    invalidArgument('url', `is ${JSON.stringify(url)}, expected sqlite:<path of a file>`);
  if (typeof url !== 'string' || !url.startsWith('sqlite:')) throw bad();
  const path = url.slice('sqlite:'.length);
  if (path === '' || path === ':memory:' || path.includes('\0')) throw bad();
  if (!path.startsWith('//')) return resolve(path);
  // With two slashes a host would follow, and a file has none.
  if (!path.startsWith('///')) throw bad();
  return fileURLToPath(`file:${path}`);
}

/**
 * A World in one SQLite file, for any number of processes on one machine. The file is opened by the first call.
 * @throws INVALID_ARGUMENT for bad options. The first call throws STORE_INCOMPATIBLE for a file that is no world, of a
 * newer version or read-only, and STORE_UNAVAILABLE for one that cannot be opened or stays locked.
 */
export function createWorld(options: SqliteWorldOptions = {}): World {
  const {
    url: given,
    namespace = 'default',
    durability = 'full',
    busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS,
    ...common
  } = options;
  const url = given ?? (process.env.WORKFLOW_WORLD_URL || DEFAULT_URL);
  if (!KeySchema.safeParse(namespace).success) throw invalidArgument('namespace', 'is not a name');
  if (durability !== 'full' && durability !== 'relaxed') {
    throw invalidArgument('durability', 'is neither full nor relaxed');
  }
  if (!Number.isFinite(busyTimeoutMs) || busyTimeoutMs < 0) {
    throw invalidArgument('busyTimeoutMs', 'is not a number of ms');
  }
  const store = new SqliteStore({ path: pathOf(url), namespace, durability, busyTimeoutMs });
  return createWorldOf(store, common, nodePlatform());
}
