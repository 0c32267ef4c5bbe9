import { Bell } from '../bell.js';
import type { Delivered } from './deliver.js';
import {
  type ClaimedMessage,
  type ClaimRef,
  MAX_CLAIM,
  type MessageStore,
  type Settlement,
  type Topic,
} from './message-store.js';

/** How a worker delivers. */
export interface WorkerOptions {
  /** Brings a message to whoever handles it, until the signal gives it up. Never throws. */
  readonly deliver: (message: ClaimedMessage, signal: AbortSignal) => Promise<Delivered>;
  /** Of each topic, at a time. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** How often to look without having been told to, ms. */
  readonly lookMs: number;
  /** Failures before a message is dead. */
  readonly maxDeliveries: number;
  /** Told what nobody waits for: deliveries that fail, a store that does not answer. */
  readonly onProblem: (problem: string, details: object) => void;
}

const AFTER_FAILURE_MS = { first: 250, max: 30_000 } as const;
/** A delivery that tries an app which was not there may last this long before another one tries. */
const TRIAL_MS = 1000;
/** An app that is not there yet is asked at least this often. */
const WHILE_UNAVAILABLE_MS = { first: 100, max: 5000 } as const;

/** Grows with failures; differs, so that not everything comes back at once. */
const backoffMs = (failures: number, { first, max }: { first: number; max: number }): number =>
  Math.ceil(Math.min(first * 2 ** Math.min(failures, 30), max) * (0.5 + Math.random() / 2));

interface Flight {
  readonly claim: ClaimRef;
  readonly abort: AbortController;
  /** `#misses` when it began: those that began together and found no app are one miss. */
  readonly misses: number;
  /** Gives it up when its claim may have run out. */
  expiry?: ReturnType<typeof setTimeout>;
}

/** Others may hold the message from then on: whatever the app still answers is not asked for. */
function expireAt(until: number, flight: Flight): void {
  clearTimeout(flight.expiry);
  flight.expiry = setTimeout(() => flight.abort.abort(), until - performance.now());
}

/** Delivers the messages of one topic: claims as many as may be under way, and settles each as its delivery went. */
export class TopicWorker {
  readonly #topic: Topic;
  readonly #messages: MessageStore;
  readonly #options: WorkerOptions;
  readonly #bell = new Bell();
  readonly #flights = new Map<Flight, Promise<void>>();
  #closing = false;
  /** Deliveries in a row that found no app. */
  #misses = 0;
  /** Messages that a claim asks for at most: fewer where their data did not come within a lease. */
  #most = MAX_CLAIM;
  /** Until then nothing is claimed, since no app was found; by `performance.now()`. */
  #pausedUntil = 0;

  constructor(topic: Topic, messages: MessageStore, options: WorkerOptions) {
    this.#topic = topic;
    this.#messages = messages;
    this.#options = options;
  }

  /** A message may be due. */
  ring = (): void => this.#bell.ring();

  /** Claims of the deliveries under way. */
  get claims(): readonly ClaimRef[] {
    return [...this.#flights.keys()].map(({ claim }) => claim);
  }

  /** Claims and delivers until `stop`. Never throws. */
  async run(): Promise<void> {
    while (!this.#closing) await this.#bell.wait(Math.max(1, await this.#look()));
  }

  /** Claims nothing more. */
  stop(): void {
    this.#closing = true;
    this.ring();
  }

  /** Resolves when everything under way has ended. */
  async landed(): Promise<void> {
    await Promise.all(this.#flights.values());
  }

  /** Gives up all deliveries. */
  abandon(): void {
    for (const { abort } of this.#flights.keys()) abort.abort();
  }

  /** Notes which claims hold until then, by `performance.now()`; gives up the deliveries whose claims are lost. */
  extended(until: number, good: ReadonlyMap<ClaimRef, boolean>): void {
    for (const flight of this.#flights.keys()) {
      const isGood = good.get(flight.claim);
      if (isGood === true) expireAt(until, flight);
      if (isGood === false) flight.abort.abort();
    }
  }

  /** Takes what is due; returns how long to wait then, ms. */
  async #look(): Promise<number> {
    const { concurrency, leaseMs, lookMs, onProblem } = this.#options;
    const pauseMs = Math.ceil(this.#pausedUntil - performance.now());
    if (pauseMs > 0) return Math.min(pauseMs, lookMs);
    const free = concurrency - this.#flights.size;
    // An app that was not there is tried with one message.
    const isTrial = this.#misses > 0;
    const limit = Math.min(isTrial ? 1 : this.#most, free);
    if (limit <= 0) return lookMs;
    const token = crypto.randomUUID();
    const askedAt = performance.now();
    try {
      const request = { topic: this.#topic, limit, leaseMs, token };
      const { messages, nextInMs = lookMs } = await this.#messages.claim(request);
      // Others may hold by now what came so late: it runs out, and is claimed again.
      const tookMs = performance.now() - askedAt;
      if (tookMs >= leaseMs) {
        this.#most = Math.ceil(limit / 2);
        return 1;
      }
      const isQuick = messages.length === limit && tookMs < leaseMs / 4;
      if (isQuick) this.#most = Math.min(2 * this.#most, MAX_CLAIM);
      if (isTrial && messages.length > 0) this.#pausedUntil = performance.now() + TRIAL_MS;
      for (const message of messages) this.#launch(message, token, askedAt + leaseMs);
      return Math.min(nextInMs, lookMs);
    } catch (error) {
      this.#most = Math.ceil(limit / 2);
      if (!this.#closing) onProblem('messages cannot be claimed', { topic: this.#topic, error });
      return lookMs;
    }
  }

  #launch(message: ClaimedMessage, token: string, until: number): void {
    const claim = { messageId: message.messageId, token };
    const flight: Flight = { claim, abort: new AbortController(), misses: this.#misses };
    expireAt(until, flight);
    // What is claimed while the worker stops is handed back at once.
    if (this.#closing) flight.abort.abort();
    const landed = this.#fly(message, flight).finally(() => {
      clearTimeout(flight.expiry);
      this.#flights.delete(flight);
      this.ring();
    });
    this.#flights.set(flight, landed);
  }

  async #fly(message: ClaimedMessage, { claim, abort, misses }: Flight): Promise<void> {
    const { deliver, maxDeliveries, onProblem } = this.#options;
    const { messageId, queueName, runId, failures } = message;
    const context = { messageId, queueName, ...(runId && { runId }), attempt: failures + 1 };
    try {
      const delivered: Delivered =
        failures >= maxDeliveries
          ? { kind: 'failed', reason: 'its workers died' }
          : await deliver(message, abort.signal);
      if (delivered.kind !== 'done' && abort.signal.aborted) {
        // Handed back; where the claim is lost, nothing happens.
        await this.#messages.settle(claim, { kind: 'later', delayMs: 0, failed: false });
        return;
      }
      if ('reason' in delivered) onProblem(`a delivery has failed: ${delivered.reason}`, context);
      await this.#messages.settle(claim, this.#settlementOf(delivered, failures, misses));
    } catch (error) {
      onProblem('a message cannot be settled, it is delivered again', { ...context, error });
    }
  }

  #settlementOf(delivered: Delivered, failures: number, misses: number): Settlement {
    if (delivered.kind !== 'unavailable') {
      this.#misses = 0;
      this.#pausedUntil = 0;
    }
    switch (delivered.kind) {
      case 'done':
        return { kind: 'done' };
      case 'again':
        return { kind: 'later', delayMs: delivered.delayMs, failed: false };
      case 'unavailable': {
        const delayMs = Math.max(
          delivered.delayMs ?? backoffMs(misses, WHILE_UNAVAILABLE_MS),
          WHILE_UNAVAILABLE_MS.first,
        );
        this.#misses = Math.max(this.#misses, misses + 1);
        this.#pausedUntil = performance.now() + delayMs;
        return { kind: 'later', delayMs, failed: false };
      }
      case 'failed': {
        if (failures + 1 >= this.#options.maxDeliveries) {
          return { kind: 'dead', reason: delivered.reason };
        }
        return { kind: 'later', delayMs: backoffMs(failures, AFTER_FAILURE_MS), failed: true };
      }
    }
  }
}
