/** Who wants to know when a run's log may have grown. */
export class Listeners {
  readonly #ofRun = new Map<string, Set<() => void>>();

  /** Number of runs that somebody listens to. */
  get size(): number {
    return this.#ofRun.size;
  }

  /** Returns what ends it. */
  add(runId: string, onChange: () => void): () => void {
    const listeners = this.#ofRun.get(runId) ?? new Set();
    listeners.add(onChange);
    this.#ofRun.set(runId, listeners);
    return () => {
      listeners.delete(onChange);
      if (listeners.size === 0) this.#ofRun.delete(runId);
    };
  }

  notify(runId: string): void {
    for (const listener of this.#ofRun.get(runId) ?? []) listener();
  }
}
