import type { EventPage, EventRecord } from './store.js';
import type { View } from './view.js';

/** The log of a run as it stands before an append. Ids ascend with `seq`, so ids are found by bisection. */
export class StoredLog {
  readonly length: number;
  readonly #view: View;
  readonly #runId: string;

  constructor(view: View, runId: string, length: number) {
    this.#view = view;
    this.#runId = runId;
    this.length = length;
  }

  at(seq: number): EventRecord | undefined {
    return seq < 1 || seq > this.length ? undefined : this.#view.events(this.#runId, seq - 1, 1)[0];
  }

  /** The events beyond a position. */
  after(seq: number, limit: number): EventPage {
    const events = this.#view.events(this.#runId, seq, limit + 1);
    return { events: events.slice(0, limit), hasMore: events.length > limit };
  }

  /** Number of events whose id is below the given one. */
  countBelow(eventId: string): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const event = this.at(middle);
      if (event !== undefined && event.eventId < eventId) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The position of an event, if it is in the log. */
  positionOf(eventId: string): number | undefined {
    if (this.at(this.length)?.eventId === eventId) return this.length;
    const position = this.countBelow(eventId) + 1;
    return this.at(position)?.eventId === eventId ? position : undefined;
  }
}
