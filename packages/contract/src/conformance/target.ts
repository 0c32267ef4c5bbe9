import type { Capabilities } from '../store.js';
import type { World } from '../world.js';

/** A world under test. */
export interface ConformanceTarget {
  readonly name: string;
  /** Opens a world on a namespace. Called twice with the same one, it gives two instances on the same data. */
  create(options: { readonly namespace: string }): World | Promise<World>;
  /** Removes what a namespace has left, after all its worlds are closed. */
  destroy?(options: { readonly namespace: string }): void | Promise<void>;
  readonly capabilities: Capabilities;
  /** How other processes open the same data; without it, tests with several processes cannot run. */
  readonly module?: {
    /** Importable from anywhere, e.g. a `file:` URL; exports `createWorld({ url, namespace })`. */
    readonly specifier: string;
    readonly url?: string | undefined;
  };
}
