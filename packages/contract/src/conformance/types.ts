import type { Capabilities } from '../store.js';
import type { World } from '../world.js';
import type { ProcessPool } from './processes.js';

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

/** What a test may need; a test whose need is not met is skipped with that name. */
export type Need = keyof Capabilities;

/** What a test works with. Everything it opens is closed and removed for it. */
export interface TestContext {
  readonly namespace: string;
  readonly capabilities: Capabilities;
  /** A world on the test's own, empty namespace. */
  readonly world: World;
  /** Another instance on the same data. */
  open(): Promise<World>;
  /** A world on another namespace of the same store. */
  openElsewhere(): Promise<World>;
  /** Other processes on the same data; for tests that need `shared`. */
  readonly processes: ProcessPool;
}

/** One test: its title begins with the law that it holds, and names the rows of known bugs that it covers. */
export interface ConformanceTest {
  /** Stable and unique, e.g. `F3-one-winner`. */
  readonly id: string;
  readonly title: string;
  readonly needs: readonly Need[];
  run(context: TestContext): Promise<void>;
}

export interface TestReport {
  readonly id: string;
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** Why it failed, or which capability is missing. */
  readonly reason?: string;
}
