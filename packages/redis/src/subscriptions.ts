import type { Address, Client } from './address.js';

export interface SubscriptionsOptions {
  readonly address: Address;
  /** Whether channels belong to one node of a cluster; asked once, when the first listener comes. */
  readonly areSharded: () => Promise<boolean>;
}

/**
 * Listens to channels, on a connection of its own that the first listener opens. What is told while that is down is lost; so
 * listeners are called whenever it comes up, and look by themselves now and then.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #listeners = new Map<string, Set<() => void>>();
  #opening: Promise<{ client: Client; sharded: boolean }> | undefined;
  #closed = false;

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

  /** Whatever fails here costs time only: listeners look by themselves. */
  async #subscribe(channel: string): Promise<void> {
    try {
      this.#opening ??= this.#open();
      const { client, sharded } = await this.#opening;
      await (sharded ? client.ssubscribe(channel) : client.subscribe(channel));
      // Something may have been told before.
      this.#notify(channel);
    } catch {
      this.#opening = undefined;
    }
  }

  async #unsubscribe(channel: string): Promise<void> {
    const { client, sharded } = (await this.#opening?.catch(() => undefined)) ?? {};
    if (client === undefined || this.#listeners.has(channel)) return;
    await (sharded ? client.sunsubscribe(channel) : client.unsubscribe(channel)).catch(() => {});
  }

  async #open(): Promise<{ client: Client; sharded: boolean }> {
    const { address, areSharded } = this.#options;
    const sharded = await areSharded();
    const client = address.createSubscriber();
    client.on('error', () => {});
    client.on('ready', () => {
      for (const channel of this.#listeners.keys()) this.#notify(channel);
    });
    client.on(sharded ? 'smessage' : 'message', (channel: string) => this.#notify(channel));
    try {
      await client.connect();
    } catch (error) {
      client.disconnect();
      throw error;
    }
    if (this.#closed) client.disconnect();
    return { client, sharded };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    const opened = await this.#opening?.catch(() => undefined);
    opened?.client.disconnect();
  }
}
