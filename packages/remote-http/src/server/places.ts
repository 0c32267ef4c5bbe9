import { worldError } from '@world/contract';

/** A bounded number of places, for requests of one kind. */
export class Places {
  readonly #limit: number;
  readonly #what: string;
  readonly #retryAfter: number;
  #taken = 0;

  /** `what` takes them; who gets none may try again after `retryAfter` s. */
  constructor(limit: number, what: string, retryAfter: number) {
    this.#limit = limit;
    this.#what = what;
    this.#retryAfter = retryAfter;
  }

  /** Gives what frees the place; more than once is no harm. @throws THROTTLED */
  take(): () => void {
    if (this.#taken >= this.#limit) {
      throw worldError('THROTTLED', `${this.#limit} ${this.#what} are here already`, {
        details: { retryAfter: this.#retryAfter },
      });
    }
    this.#taken += 1;
    let isHeld = true;
    return () => {
      if (isHeld) this.#taken -= 1;
      isHeld = false;
    };
  }
}
