import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, type World } from '@world/contract';
import type { Runtime } from '@world/runtime';
import pLimit from 'p-limit';
import { readAll } from '../copy/read-pages.js';
import { openRunIds } from './open-runs.js';

/** How long those who wait for a hook are gathered before one look is made for all of them: at least so long, and as a look takes. */
const GATHER_MS = 100;

/** Payloads on their way: a process that sends thousands at once waits for itself. */
const AT_ONCE = 64;

/** What a look at the world has found. */
interface Seen {
  readonly tokens: ReadonlySet<string>;
  /** Runs that are not over. */
  readonly runIds: ReadonlySet<string>;
}

/** Sends payloads to the hooks of a storm, and counts them. */
export class Payloads {
  readonly #world: World;
  readonly #runtime: Runtime;
  readonly #signal: AbortSignal;
  readonly #limited = pLimit(AT_ONCE);
  #next: Promise<Seen> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** How long the last look took. */
  #tookMs = 0;
  #sent = 0;
  #late = 0;

  constructor(world: World, runtime: Runtime, signal: AbortSignal) {
    this.#world = world;
    this.#runtime = runtime;
    this.#signal = signal;
  }

  /** Payloads that hooks took, and those that came when a hook was closed, or its run over. */
  get counts(): { readonly sent: number; readonly late: number } {
    return { sent: this.#sent, late: this.#late };
  }

  async pause(ms: number): Promise<void> {
    this.#signal.throwIfAborted();
    if (ms > 0) await delay(ms, undefined, { signal: this.#signal });
  }

  /** Waits until a hook takes payloads; false when its run is over instead. */
  async opened(runId: string, token: string): Promise<boolean> {
    for (;;) {
      const { tokens, runIds } = await this.#looked();
      if (tokens.has(token)) return true;
      if (!runIds.has(runId)) return false;
    }
  }

  /** A look that begins after this, one at a time: thousands who look by themselves would be a storm of their own. */
  #looked(): Promise<Seen> {
    this.#next ??= this.#lookAfter(this.#last);
    return this.#next;
  }

  async #lookAfter(last: Promise<unknown>): Promise<Seen> {
    // Whoever waits for it is told.
    await last.catch(() => {});
    await this.pause(Math.max(GATHER_MS, this.#tookMs));
    // Who comes from now on waits for the next one.
    if (this.#next !== undefined) this.#last = this.#next;
    this.#next = undefined;
    const begun = performance.now();
    // First the runs: a hook that is opened meanwhile belongs to one of them.
    const runIds = await openRunIds(this.#world);
    const hooks = await readAll((pagination) =>
      this.#world.hooks.list({ pagination, resolveData: 'none' }),
    );
    this.#tookMs = performance.now() - begun;
    return { tokens: new Set(hooks.map(({ token }) => token)), runIds: new Set(runIds) };
  }

  async send(token: string, payload: unknown): Promise<void> {
    try {
      await this.#limited(() => this.#runtime.resumeHook(token, payload));
      this.#sent += 1;
    } catch (error) {
      const isLate =
        hasCode(error, 'HOOK_NOT_FOUND') ||
        hasCode(error, 'RUN_TERMINAL') ||
        hasCode(error, 'RUN_EXPIRED');
      if (!isLate) throw error;
      this.missed(1);
    }
  }

  /** Counts payloads that nobody waits for any more. */
  missed(count: number): void {
    this.#late += count;
  }
}
