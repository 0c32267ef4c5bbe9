import { RUN_STATUSES, type RunStatus } from '../entities.js';
import { MAX_PAGE_SIZE } from '../pagination.js';
import { TERMINAL_RUN_STATUSES } from '../transitions.js';
import type { Runs } from '../world.js';
import type { MessageStore } from './message-store.js';
import { recoveryMessage } from './new-message.js';

const OPEN_STATUSES: readonly RunStatus[] = RUN_STATUSES.filter(
  (status) => !TERMINAL_RUN_STATUSES.includes(status as never),
);

/** What recovery works on. */
export interface RecoveryOptions {
  readonly runs: Runs;
  readonly messages: MessageStore;
  /** Of the queues that wake workflows. */
  readonly workflowPrefix: string;
  readonly everyMs: number;
  readonly onProblem: (problem: string, details: object) => void;
}

/** Wakes runs that nothing else would wake: not over, and no message about them outstanding. At once, and again and again. */
export class Recovery {
  readonly #options: RecoveryOptions;
  /** Tails at which runs were woken: a run that waits for a hook is not woken for each sweep. */
  #woken: ReadonlyMap<string, string> = new Map();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sweeping: Promise<void> | undefined;
  #closing = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Resolves after the first sweep. */
  async start(): Promise<void> {
    this.#sweeping = this.#sweep().catch((error: unknown) => {
      if (!this.#closing) this.#options.onProblem('runs cannot be recovered', { error });
    });
    await this.#sweeping;
    if (this.#closing) return;
    this.#timer = setTimeout(() => void this.start(), this.#options.everyMs);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const woken = new Map<string, string>();
    for (const status of OPEN_STATUSES) {
      for await (const { runId, workflowName, lastKnownEventId } of this.#openRuns(status)) {
        const isWoken =
          this.#woken.get(runId) === lastKnownEventId || (await this.#wake(runId, workflowName));
        if (isWoken) woken.set(runId, lastKnownEventId);
      }
    }
    this.#woken = woken;
  }

  async *#openRuns(status: RunStatus) {
    let cursor: string | undefined;
    do {
      const pagination = { limit: MAX_PAGE_SIZE, cursor, sortOrder: 'asc' as const };
      const page = await this.#options.runs.list({ status, pagination, resolveData: 'none' });
      for (const run of page.data) {
        if (this.#closing) return;
        yield run;
      }
      cursor = page.hasMore ? (page.cursor ?? undefined) : undefined;
    } while (cursor !== undefined);
  }

  async #wake(runId: string, workflowName: string): Promise<boolean> {
    const { messages, workflowPrefix } = this.#options;
    const { added } = await messages.enqueue(
      recoveryMessage(runId, `${workflowPrefix}${workflowName}`),
    );
    return added;
  }
}
