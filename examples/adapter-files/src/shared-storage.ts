import type { Storage } from './storage.js';

interface Shared {
  readonly storage: Storage;
  users: number;
}

/** On the global object, since a bundler may load this package twice. */
const REGISTRY: unique symbol = Symbol.for('files/storages');

function storages(): Map<string, Shared> {
  const holder = globalThis as { [REGISTRY]?: Map<string, Shared> };
  holder[REGISTRY] ??= new Map();
  return holder[REGISTRY];
}

/** Makes something on the storage of a place, which is shared in this process: the last one that is released closes it. */
export function onSharedStorage<T>(
  place: string,
  create: () => Storage,
  make: (storage: Storage, release: () => Promise<void>) => T,
): T {
  const registry = storages();
  const shared = registry.get(place) ?? { storage: create(), users: 0 };
  const made = make(shared.storage, async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    registry.delete(place);
    await shared.storage.close();
  });
  // Counted only now: where options are refused, nothing is open.
  shared.users += 1;
  registry.set(place, shared);
  return made;
}
