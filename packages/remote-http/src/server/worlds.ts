import { type World, worldError } from '@world/contract';

/** The world of a namespace for as long as a request needs it. */
export interface Lease {
  readonly world: World;
  /** `isEmpty` tells that the request has removed all data of the namespace. */
  release(isEmpty?: boolean): void;
}

/** Where a server's worlds come from. */
export interface Worlds {
  /** @throws FORBIDDEN for a namespace that is not served, THROTTLED when no more fit. */
  lease(namespace: string): Lease;
}

const unbounded = (world: World): Lease => ({ world, release: () => {} });

/** Worlds that somebody else keeps: one for the namespace `default`, or whatever a function gives. */
export const givenWorlds = (worlds: World | ((namespace: string) => World)): Worlds => ({
  lease(namespace) {
    if (typeof worlds === 'function') return unbounded(worlds(namespace));
    if (namespace === 'default') return unbounded(worlds);
    throw worldError('FORBIDDEN', 'this server has one namespace only');
  },
});

interface OpenWorld {
  readonly world: World;
  users: number;
  /** Its data was removed, and nobody has used it since. */
  isEmpty: boolean;
}

/**
 * Opens the world of a namespace at its first request, and holds a bounded number: the one that was idle longest is closed
 * for a new one. Worlds in use stay, and so do those whose data would end with them, as long as they have some.
 */
export class OpenWorlds implements Worlds {
  readonly #openWorld: (namespace: string) => World;
  readonly #limit: number;
  /** The one that was used last comes last. */
  readonly #open = new Map<string, OpenWorld>();
  readonly #closing = new Set<Promise<void>>();

  constructor(openWorld: (namespace: string) => World, limit: number) {
    this.#openWorld = openWorld;
    this.#limit = limit;
  }

  lease(namespace: string): Lease {
    const one = this.#open.get(namespace) ?? this.#opened(namespace);
    this.#open.delete(namespace);
    this.#open.set(namespace, one);
    one.users += 1;
    one.isEmpty = false;
    let held = true;
    const release = (isEmpty = false): void => {
      if (!held) return;
      held = false;
      one.users -= 1;
      one.isEmpty = isEmpty && one.users === 0;
    };
    return { world: one.world, release };
  }

  async close(): Promise<void> {
    await Promise.all([
      ...[...this.#open.values()].map(({ world }) => world.close()),
      ...this.#closing,
    ]);
  }

  #opened(namespace: string): OpenWorld {
    if (this.#open.size >= this.#limit) this.#closeIdlest();
    return { world: this.#openWorld(namespace), users: 0, isEmpty: false };
  }

  #closeIdlest(): void {
    for (const [namespace, { world, users, isEmpty }] of this.#open) {
      const { durable, shared } = world.capabilities;
      if (users > 0 || !(durable || shared || isEmpty)) continue;
      this.#open.delete(namespace);
      const closed: Promise<void> = world
        .close()
        .catch(() => {})
        .finally(() => this.#closing.delete(closed));
      this.#closing.add(closed);
      return;
    }
    throw worldError('THROTTLED', `${this.#limit} namespaces are in use already`, {
      details: { retryAfter: 5 },
    });
  }
}
