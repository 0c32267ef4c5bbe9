/** Who wants to know when something may have changed: a run's log, by its id, or a stream, by its name. */
export class Listeners {
  readonly #of = new Map<string, Set<() => void>>();

  /** Number of keys that somebody listens to. */
  get size(): number {
    return this.#of.size;
  }

  /** Returns what ends it. */
  add(key: string, onChange: () => void): () => void {
    const listeners = this.#of.get(key) ?? new Set();
    listeners.add(onChange);
    this.#of.set(key, listeners);
    return () => {
      listeners.delete(onChange);
      if (listeners.size === 0) this.#of.delete(key);
    };
  }

  notify(key: string): void {
    for (const listener of this.#of.get(key) ?? []) listener();
  }
}
