import type { QueueSettings } from '../queue/settings.js';
import type { Capabilities } from '../store.js';
import type { World } from '../world.js';

/** What a test opens a world with; `createWorld` of the adapter takes them as they are. */
export interface TargetOptions {
  readonly namespace: string;
  readonly queue?: QueueSettings;
}

/** A world under test. */
export interface ConformanceTarget {
  readonly name: string;
  /** Opens a world on a namespace. Called twice with the same one, it gives two instances on the same data. */
  create(options: TargetOptions): World | Promise<World>;
  /** Removes what a namespace has left, after all its worlds are closed. */
  destroy?(options: { readonly namespace: string }): void | Promise<void>;
  readonly capabilities: Capabilities;
  /** How other processes open the same data; without it, tests with several processes cannot run. */
  readonly module?: {
    /** Importable from anywhere, e.g. a `file:` URL; exports `createWorld({ url, namespace, queue })`. */
    readonly specifier: string;
    readonly url?: string | undefined;
  };
}
