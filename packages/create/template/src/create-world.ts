import {
  type Capabilities,
  createWorld as createWorldOf,
  invalidArgument,
  KeySchema,
  type World,
  type WorldOptions,
} from '@world/contract';
import { nodePlatform } from '@world/delivery';
import { CAPABILITIES } from './capabilities.js';
import { MemoryStorage } from './memory-storage.js';
import { onSharedStorage } from './shared-storage.js';
import { AdapterStore } from './store.js';

/** Where the data is, besides what every world takes. */
export interface AdapterOptions extends WorldOptions {
  /** `my-world:` and a place; `WORKFLOW_WORLD_URL` when not given, and `my-world:here` when that is not set either. */
  url?: string | undefined;
  /** Worlds of one namespace share their data; `default` when not given. */
  namespace?: string | undefined;
}

const SCHEME = 'my-world:';

export const capabilities: Capabilities = CAPABILITIES;

/**
 * A World in … (say where, and what it guarantees). Making it does no I/O: the first call opens the storage.
 * @throws INVALID_ARGUMENT for bad options.
 */
export function createWorld(options: AdapterOptions = {}): World {
  const { url: given, namespace = 'default', ...common } = options;
  const url = given ?? (process.env.WORKFLOW_WORLD_URL || `${SCHEME}here`);
  if (!url.startsWith(SCHEME)) throw invalidArgument('url', `is ${url}, expected ${SCHEME}<place>`);
  if (!KeySchema.safeParse(namespace).success) throw invalidArgument('namespace', 'is not a name');
  const place = JSON.stringify([url, namespace]);
  return onSharedStorage(
    place,
    () => new MemoryStorage(place),
    (storage, release) => createWorldOf(new AdapterStore(storage, release), common, nodePlatform()),
  );
}
