import type { QueueSettings } from '../queue/settings.js';
import type { Capabilities } from '../store.js';
import type { World } from '../world.js';
import type { ProcessPool } from './processes.js';

/** What a test may need; a test whose need is not met is skipped with that name. */
export type Need = keyof Capabilities;

/** What a test works with. Everything it opens is closed and removed for it. */
export interface TestContext {
  readonly namespace: string;
  readonly capabilities: Capabilities;
  /** A world on the test's own, empty namespace. */
  readonly world: World;
  /** Another instance on the same data. */
  open(queue?: QueueSettings): Promise<World>;
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

/** What became of one test; `ms` is how long it ran, 0 when skipped. */
export interface TestReport {
  readonly id: string;
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** Why it failed, or which capability is missing. */
  readonly reason?: string;
}
