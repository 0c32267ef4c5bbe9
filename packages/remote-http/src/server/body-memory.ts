import { worldError } from '@world/contract';

/** Bytes of bodies that a server holds at a time, of all requests together. */
export class BodyMemory {
  readonly #limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The part of one request. */
  open(): { take(bytes: number): void; release(): void } {
    let mine = 0;
    return {
      /** @throws THROTTLED */
      take: (bytes) => {
        if (this.#heldBytes + bytes > this.#limitBytes) {
          const problem = 'the server holds as many bodies as it can';
          throw worldError('THROTTLED', problem, { details: { retryAfter: 1 } });
        }
        this.#heldBytes += bytes;
        mine += bytes;
      },
      release: () => {
        this.#heldBytes -= mine;
        mine = 0;
      },
    };
  }
}
