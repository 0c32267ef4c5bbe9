import {
  type Capabilities,
  createWorld as createWorldOf,
  invalidArgument,
  KeySchema,
  type World,
  type WorldOptions,
} from '@world/contract';
import { nodePlatform } from '@world/delivery';
import { MemoryState } from './memory-state.js';
import { MemoryStore } from './memory-store.js';

/** Where a memory world keeps its data, besides what every world takes. */
export interface MemoryWorldOptions extends WorldOptions {
  /** `memory:`, the only one there is; `WORKFLOW_WORLD_URL` when not given, and `memory:` when that is not set either. */
  url?: string | undefined;
  /** Worlds of one namespace share their data within the process; `default` when not given. */
  namespace?: string | undefined;
  /** Epoch ms; `Date.now` when not given. */
  clock?: (() => number) | undefined;
}

interface Shared {
  readonly state: MemoryState;
  open: number;
}

/** On the global object, since a bundler may load this package twice. */
const REGISTRY = Symbol.for('@world/memory/namespaces');

function namespaces(): Map<string, Shared> {
  const holder = globalThis as { [REGISTRY]?: Map<string, Shared> };
  holder[REGISTRY] ??= new Map();
  return holder[REGISTRY];
}

/** What worlds of this package can do. */
export const capabilities: Capabilities = new MemoryStore({ state: new MemoryState() })
  .capabilities;

/**
 * A World in the memory of this process. Its data lives until the last world of the namespace is closed.
 * @throws INVALID_ARGUMENT for a URL other than `memory:`, or a bad namespace.
 */
export function createWorld(options: MemoryWorldOptions = {}): World {
  const { url: given, namespace = 'default', clock, ...common } = options;
  const url = given ?? (process.env.WORKFLOW_WORLD_URL || 'memory:');
  if (url !== 'memory:') throw invalidArgument('url', `is ${url}, expected memory:`);
  if (!KeySchema.safeParse(namespace).success) throw invalidArgument('namespace', 'is not a name');
  const registry = namespaces();
  const shared = registry.get(namespace) ?? {
    state: new MemoryState(clock, `${url}${namespace}`),
    open: 0,
  };
  const store = new MemoryStore({
    state: shared.state,
    ...(clock && { clock }),
    onClose: () => {
      shared.open -= 1;
      if (shared.open === 0 && registry.get(namespace) === shared) registry.delete(namespace);
    },
  });
  const world = createWorldOf(store, common, nodePlatform());
  // Counted only now: options that are refused open nothing.
  shared.open += 1;
  registry.set(namespace, shared);
  return world;
}
