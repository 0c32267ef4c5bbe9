/** Calls that may be answered within one turn of the event loop. */
const CALLS_PER_TURN = 32;

/**
 * Lets the event loop turn now and then. Embedded stores answer without waiting for anything, so a loop of reads, such
 * as a poll, would otherwise keep timers, sockets and commits from ever running.
 */
export class FairTurns {
  #calls = 0;
  #turn: Promise<void> | undefined;

  /** Undefined when the call may go on at once. */
  next(): Promise<void> | undefined {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#calls = 0;
        this.#turn = undefined;
        resolve();
      });
    });
    this.#calls += 1;
    return this.#calls > CALLS_PER_TURN ? this.#turn : undefined;
  }
}
