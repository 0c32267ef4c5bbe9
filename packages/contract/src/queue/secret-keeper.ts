import type { MessageStore } from './message-store.js';
import type { Secret } from './signature.js';

/** Where the secrets of deliveries are to be had: the first one signs, all of them are believed. */
export interface SecretKeeper {
  current(): Promise<readonly Secret[]>;
  /** Asks anew, but not often: the secrets of a namespace change when it is removed, or put back. */
  renewed(): Promise<readonly Secret[]>;
}

/** Secrets that somebody has given. */
export const givenSecrets = (secrets: readonly Secret[]): SecretKeeper => ({
  current: async () => secrets,
  renewed: async () => secrets,
});

/** Strangers make it ask this often at most, ms. */
const RENEWAL_MS = 1000;

/** The secret that a namespace keeps; asked for by the first who needs it. */
export class KeptSecret implements SecretKeeper {
  readonly #messages: MessageStore;
  #asked: Promise<readonly Secret[]> | undefined;
  #askedAt = 0;

  constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  current(): Promise<readonly Secret[]> {
    this.#asked ??= this.#ask();
    return this.#asked;
  }

  renewed(): Promise<readonly Secret[]> {
    if (performance.now() - this.#askedAt >= RENEWAL_MS) this.#asked = undefined;
    return this.current();
  }

  async #ask(): Promise<readonly Secret[]> {
    this.#askedAt = performance.now();
    try {
      return [await this.#messages.secret()];
    } catch (error) {
      this.#asked = undefined;
      throw error;
    }
  }
}

/** On the global object, since a bundler may load this module twice. */
const REGISTRY = Symbol.for('@world/contract/secret-keepers');

function registry(): Map<string, SecretKeeper> {
  const holder = globalThis as { [REGISTRY]?: Map<string, SecretKeeper> };
  holder[REGISTRY] ??= new Map();
  return holder[REGISTRY];
}

/**
 * Lets other worlds on the same data use a keeper; returns what ends that. An app makes a second world for its endpoints, whose queue is
 * never started: it believes deliveries of the first without a connection of its own.
 */
export function shareKeeper(place: string, keeper: SecretKeeper): () => void {
  registry().set(place, keeper);
  return () => {
    if (registry().get(place) === keeper) registry().delete(place);
  };
}

/** The keeper of a world that delivers in this process, on this data. */
export const sharedKeeper = (place: string): SecretKeeper | undefined => registry().get(place);
