import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, TERMINAL_RUN_STATUSES, type World } from '@world/contract';
import type { Runtime } from '@world/runtime';

const FIRST_LOOK_MS = 25;
const LONGEST_LOOK_MS = 500;

/** Sends payloads to the hooks of a storm, and counts them. */
export class Payloads {
  readonly #world: World;
  readonly #runtime: Runtime;
  readonly #signal: AbortSignal;
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
    for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(lookMs * 2, LONGEST_LOOK_MS)) {
      try {
        await this.#world.hooks.getByToken(token, { resolveData: 'none' });
        return true;
      } catch (error) {
        if (!hasCode(error, 'HOOK_NOT_FOUND')) throw error;
      }
      const { status } = await this.#world.runs.get(runId, { resolveData: 'none' });
      if (TERMINAL_RUN_STATUSES.some((one) => one === status)) return false;
      await this.pause(lookMs);
    }
  }

  async send(token: string, payload: unknown): Promise<void> {
    try {
      await this.#runtime.resumeHook(token, payload);
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
