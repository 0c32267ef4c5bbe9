import type { Secret } from './signature.js';

/**
 * Secrets of the worlds that deliver in this process. An app makes a second world for its endpoints, whose queue is never
 * started: it believes deliveries of the first, without a connection of its own.
 */

/** On the global object, since a bundler may load this module twice. */
const REGISTRY = Symbol.for('@world/contract/delivery-secrets');

type SecretSource = () => Promise<Secret>;

function sources(): Set<SecretSource> {
  const holder = globalThis as { [REGISTRY]?: Set<SecretSource> };
  holder[REGISTRY] ??= new Set();
  return holder[REGISTRY];
}

/** Adds a secret; returns what takes it out again. */
export function shareSecret(source: SecretSource): () => void {
  sources().add(source);
  return () => sources().delete(source);
}

/** Secrets of this process. */
export const sharedSecrets = async (): Promise<readonly Secret[]> =>
  Promise.all([...sources()].map((source) => source()));
