/** The calls that a world has begun and not yet answered, so that closing can wait for them. */
export class Calls {
  #open = 0;
  #settled: (() => void) | undefined;

  async run<T>(call: () => T | Promise<T>): Promise<T> {
    this.#open += 1;
    try {
      return await call();
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.#settled?.();
    }
  }

  /** Resolves when every call is answered; no more may be begun by then. */
  async settled(): Promise<void> {
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
    });
  }
}
