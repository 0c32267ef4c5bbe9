/** A connection, or a wait: ended by its user, by signals, or when nothing has come for too long. */
export class Line {
  readonly #controller = new AbortController();
  readonly #signals: readonly AbortSignal[];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLate = false;

  constructor(signals: readonly (AbortSignal | undefined)[], silenceMs: number) {
    this.#signals = signals.filter((one) => one !== undefined);
    for (const one of this.#signals) one.addEventListener('abort', this.end, { once: true });
    this.alive(silenceMs);
    if (this.#signals.some(({ aborted }) => aborted)) this.end();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it was too long. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** Something has come; the next may take this long. */
  alive(silenceMs: number): void {
    this.pause();
    if (this.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.end();
    }, silenceMs);
  }

  /** Nothing is waited for. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** To be called whatever happens, this or `end`: signals hold it until then. */
  release(): void {
    this.pause();
    for (const one of this.#signals) one.removeEventListener('abort', this.end);
  }

  end = (): void => {
    this.release();
    this.#controller.abort();
  };
}

/** Waits, unless one of the signals ends it. */
export async function pauseFor(
  ms: number,
  signals: readonly (AbortSignal | undefined)[],
): Promise<void> {
  const line = new Line(signals, ms);
  if (line.signal.aborted) return;
  await new Promise((resolve) => {
    line.signal.addEventListener('abort', resolve, { once: true });
  });
}
