import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
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
import { FileStorage } from './file-storage.js';
import { onSharedStorage } from './shared-storage.js';
import { AdapterStore } from './store.js';

/** Where the files are, besides what every world takes. */
export interface AdapterOptions extends WorldOptions {
  /** `files:` and a folder; `WORKFLOW_WORLD_URL` when not given, and `files:./world` when that is not set either. */
  url?: string | undefined;
  /** Worlds of one namespace share their data; `default` when not given. */
  namespace?: string | undefined;
}

const SCHEME = 'files:';

export const capabilities: Capabilities = CAPABILITIES;

/** Any text can be a namespace, and not every text a file name. */
const nameOf = (namespace: string): string => createHash('sha256').update(namespace).digest('hex');

/**
 * A World in plain files, for one process at a time. The first call opens them.
 * @throws INVALID_ARGUMENT for bad options. Calls throw STORE_UNAVAILABLE while another process has the files, and
 * STORE_INCOMPATIBLE when they are damaged or must not be written.
 */
export function createWorld(options: AdapterOptions = {}): World {
  const { url: given, namespace = 'default', ...common } = options;
  const url = given ?? (process.env.WORKFLOW_WORLD_URL || `${SCHEME}./world`);
  const path = url.startsWith(SCHEME) ? url.slice(SCHEME.length) : '';
  if (!KeySchema.safeParse(path).success) {
    throw invalidArgument('url', `is ${url}, expected ${SCHEME}<folder>`);
  }
  if (!KeySchema.safeParse(namespace).success) throw invalidArgument('namespace', 'is not a name');
  const folder = join(resolve(path), nameOf(namespace));
  return onSharedStorage(
    folder,
    () => new FileStorage(folder),
    (storage, release) => createWorldOf(new AdapterStore(storage, release), common, nodePlatform()),
  );
}
