import { Places } from './places.js';

/** A request that is answered when there is something to tell. */
export interface LiveSlot {
  /** Aborted when its client goes away, and when the server stops. */
  readonly signal: AbortSignal;
  /** To be called whatever happens; more than once is no harm. */
  release(): void;
}

/** Followers of a server, over streams and polls alike: a bounded number at a time, which all end when it stops. */
export class LiveSlots {
  readonly #places: Places;
  readonly #open = new Set<AbortController>();
  #isStopped = false;

  constructor(limit: number) {
    this.#places = new Places(limit, 'followers', 5);
  }

  /** @throws THROTTLED */
  take(client: AbortSignal): LiveSlot {
    const leave = this.#places.take();
    const ending = new AbortController();
    const end = (): void => ending.abort();
    client.addEventListener('abort', end, { once: true });
    this.#open.add(ending);
    if (client.aborted || this.#isStopped) end();
    const release = (): void => {
      client.removeEventListener('abort', end);
      this.#open.delete(ending);
      leave();
    };
    return { signal: ending.signal, release };
  }

  /** Ends all, also those that come later. */
  stop(): void {
    this.#isStopped = true;
    for (const ending of this.#open) ending.abort();
  }
}
