import { setTimeout as sleep } from 'node:timers/promises';
import type { Address, Client } from './address.js';
import { openClient } from './open-client.js';

export interface SubscriptionsOptions {
  readonly address: Address;
  /** Whether channels belong to one node of a cluster; asked once, when the first listener comes. */
  readonly areSharded: () => Promise<boolean>;
}

interface Opened {
  readonly client: Client;
  readonly sharded: boolean;
}

const RETRY_MS = 1000;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Listens to channels, on a connection of its own that the first listener opens. What is told while that is down is lost; so
 * listeners are called whenever it comes up, and look by themselves now and then.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #closing = new AbortController();
  #opening: Promise<Opened> | undefined;
  #client: Client | undefined;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Returns what ends it. */
  add(channel: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    if (listeners.size === 0) {
      this.#listeners.set(channel, listeners);
      void this.#subscribe(channel);
    }
    listeners.add(listener);
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      if (this.#listeners.get(channel) === listeners) this.#listeners.delete(channel);
      void this.#unsubscribe(channel);
    };
  }

  #notify(channel: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener();
  }

  /** Tries until it succeeds or nobody listens any more. That costs time only: listeners look by themselves, too. */
  async #subscribe(channel: string): Promise<void> {
    while (this.#listeners.has(channel)) {
      try {
        this.#opening ??= this.#open();
        const { client, sharded } = await this.#opening;
        await (sharded ? client.ssubscribe(channel) : client.subscribe(channel));
        // Something may have been told before.
        this.#notify(channel);
        return;
      } catch {
        await sleep(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  async #unsubscribe(channel: string): Promise<void> {
    const { client, sharded } = (await this.#opening?.catch(() => undefined)) ?? {};
    if (client === undefined || this.#listeners.has(channel)) return;
    await (sharded ? client.sunsubscribe(channel) : client.unsubscribe(channel)).catch(() => {});
  }

  async #open(): Promise<Opened> {
    const { address, areSharded } = this.#options;
    try {
      const sharded = await areSharded();
      this.#closing.signal.throwIfAborted();
      const client = address.createSubscriber();
      this.#client = client;
      client.on('error', () => {});
      client.on('ready', () => {
        for (const channel of this.#listeners.keys()) this.#notify(channel);
      });
      client.on(sharded ? 'smessage' : 'message', (channel: string) => this.#notify(channel));
      await openClient(client, CONNECT_TIMEOUT_MS);
      return { client, sharded };
    } catch (error) {
      this.#client?.disconnect();
      this.#client = undefined;
      this.#opening = undefined;
      throw error;
    }
  }

  /** Does not wait for a server that may never answer. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#listeners.clear();
    this.#client?.disconnect();
  }
}
