import type { MessageStore, Topic } from './message-store.js';
import { TopicWorker, type WorkerOptions } from './topic-worker.js';

const TOPICS: readonly Topic[] = ['workflow', 'step'];
/** Claims are extended this often before they run out. */
const BEATS_A_LEASE = 4;

/** Delivers messages of a store, each topic by itself, and keeps the claims of what is under way. */
export class DeliveryWorker {
  readonly #messages: MessageStore;
  readonly #options: WorkerOptions;
  readonly #topics: readonly TopicWorker[];
  readonly #unsubscribe: () => void;
  readonly #running: Promise<unknown>;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #beating = false;

  /** Starts at once. */
  constructor(messages: MessageStore, options: WorkerOptions) {
    this.#messages = messages;
    this.#options = options;
    this.#topics = TOPICS.map((topic) => new TopicWorker(topic, messages, options));
    this.#unsubscribe = messages.subscribe(() => {
      for (const topic of this.#topics) topic.ring();
    });
    this.#running = Promise.all(this.#topics.map((topic) => topic.run()));
    this.#heartbeat = setInterval(() => void this.#beat(), options.leaseMs / BEATS_A_LEASE);
  }

  /** Claims nothing more, waits `drainMs` at most for what is under way, and hands back the rest. */
  async close(drainMs: number): Promise<void> {
    this.#unsubscribe();
    for (const topic of this.#topics) topic.stop();
    await this.#running;
    await within(drainMs, this.#landed());
    for (const topic of this.#topics) topic.abandon();
    await this.#landed();
    clearInterval(this.#heartbeat);
  }

  async #landed(): Promise<void> {
    await Promise.all(this.#topics.map((topic) => topic.landed()));
  }

  async #beat(): Promise<void> {
    const claims = this.#topics.flatMap((topic) => topic.claims);
    if (this.#beating || claims.length === 0) return;
    this.#beating = true;
    const { leaseMs, onProblem } = this.#options;
    const askedAt = performance.now();
    try {
      const good = await this.#messages.extend(claims, leaseMs);
      const isGood = new Map(claims.map((claim, i) => [claim, good[i] === true]));
      for (const topic of this.#topics) topic.extended(askedAt + leaseMs, isGood);
    } catch (error) {
      onProblem('claims cannot be extended', { error });
    } finally {
      this.#beating = false;
    }
  }
}

/** Waits for a promise, but not longer. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
