import { Line, pauseFor } from './line.js';
import { HEARTBEAT_MS, liveFrames } from './live-frames.js';
import { WATCH } from './methods.js';
import { backoffMs, type Transport } from './transport.js';

/** What is watched: the messages, or the chunks of a stream. */
export interface Watched {
  readonly stream?: string;
}

/** What a server tells of it: that it may have changed. */
export interface ChangeFrame {
  readonly changed: true;
}

interface Watch {
  readonly listeners: Set<() => void>;
  readonly ending: AbortController;
}

/**
 * Has the server tell of changes, over one live response for each thing that is watched, however many listen. What is told while
 * that is down is lost: so listeners are called whenever it comes up, and look by themselves now and then.
 */
export class Watches {
  readonly #transport: Transport;
  readonly #closing: AbortSignal;
  readonly #open = new Map<string, Watch>();

  constructor(transport: Transport, closing: AbortSignal) {
    this.#transport = transport;
    this.#closing = closing;
  }

  /** Returns what ends it. */
  add(watched: Watched, onChange: () => void): () => void {
    const key = JSON.stringify(watched);
    const watch = this.#open.get(key) ?? this.#begin(key, watched);
    const listener = (): void => onChange();
    watch.listeners.add(listener);
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size > 0) return;
      watch.ending.abort();
      if (this.#open.get(key) === watch) this.#open.delete(key);
    };
  }

  #begin(key: string, watched: Watched): Watch {
    const watch: Watch = { listeners: new Set(), ending: new AbortController() };
    this.#open.set(key, watch);
    void this.#listen(watched, watch);
    return watch;
  }

  async #listen(watched: Watched, { listeners, ending }: Watch): Promise<void> {
    const signals = [this.#closing, ending.signal];
    let failures = 0;
    while (!signals.some(({ aborted }) => aborted)) {
      const line = new Line(signals, 3 * HEARTBEAT_MS);
      try {
        const frames = liveFrames<ChangeFrame>(this.#transport, WATCH, watched, line);
        let isFirst = true;
        for await (const frame of frames) {
          // Also with the first sign of life: something may have changed before.
          if (frame !== undefined || isFirst) for (const one of listeners) one();
          isFirst = false;
          failures = 0;
        }
      } catch {
        // Whoever reads is told what is wrong.
      } finally {
        line.end();
      }
      failures += 1;
      await pauseFor(backoffMs(failures), signals);
    }
  }
}
