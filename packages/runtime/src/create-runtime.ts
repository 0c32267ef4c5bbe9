import { createQueueOn, type QueueSettings, type World } from '@world/contract';
import type { FenceMode } from './commit.js';
import { type Counters, noCounts } from './counters.js';
import { messageOf, RunFailedError } from './errors.js';
import { RUN_ENDS } from './run-log.js';
import { type Ask, RunMessages } from './run-messages.js';
import { type RetryOptions, runStep } from './run-step.js';
import { inSpan } from './telemetry.js';
import { type ConflictLine, type Ticked, tick } from './tick.js';
import type { Steps, Workflows } from './workflow.js';

/** How a runtime is made. */
export interface RuntimeOptions<S extends Steps = Steps> {
  /** Its queue is used here: it must not be started itself. Closing the runtime leaves it open. */
  readonly world: World;
  readonly workflows: Workflows<S>;
  /** None when not given. */
  readonly steps?: S;
  /** `tail` when not given. */
  readonly fence?: FenceMode;
  /** Of steps that throw. */
  readonly retry?: RetryOptions;
  /** How messages are delivered; with the role `producer` this process runs nothing, with `concurrency` so many ticks and so many steps. */
  readonly queue?: Omit<QueueSettings, 'fetch' | 'baseUrl'>;
  /** Told once for each conflict; `console.warn` when not given. */
  readonly onConflict?: (line: ConflictLine) => void;
  /** 1 when not given. Ticks of one run that may happen at once: more than one is of use only to those who test fences. */
  readonly overlap?: number;
}

/** Runs workflows on a world, with any number of others beside it. */
export interface Runtime {
  /** Starts a run. With a run id of the caller (`createRunId()`) it can be sent again: RUN_EXISTS tells that it is there. */
  start(
    workflowName: string,
    input?: unknown,
    options?: { readonly runId?: string },
  ): Promise<{ runId: string }>;
  /**
   * Sends a payload to a live hook. Unfenced: a signal is never lost to the runtime's own writes.
   * With `asOfTimestamp`, epoch ms, only when nothing has happened in the run since then.
   * @throws HOOK_NOT_FOUND, FENCE_CONFLICT
   */
  resumeHook(
    token: string,
    payload: unknown,
    options?: { readonly asOfTimestamp?: number },
  ): Promise<void>;
  /** Ends a run that is not over. @throws RUN_NOT_FOUND, RUN_TERMINAL */
  cancel(runId: string): Promise<void>;
  /** What a run gives, once it is over. @throws RunFailedError, RUN_NOT_FOUND, the signal's reason */
  result<T = unknown>(runId: string, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /** Takes deliveries that come from elsewhere: `POST …/flow` and `…/step`, signed. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly counters: Readonly<Counters>;
  /** Finishes what is under way, and hands back what does not end in time. */
  close(): Promise<void>;
}

/** Makes a runtime, which works from now on. @throws INVALID_ARGUMENT for bad settings; NOT_SUPPORTED for a world without a queue */
export function createRuntime<S extends Steps>(options: RuntimeOptions<S>): Runtime {
  const { world, fence = 'tail', retry = {}, overlap = 1 } = options;
  const workflows = options.workflows as Workflows;
  const steps: Steps = options.steps ?? {};
  const onConflict =
    options.onConflict ?? ((line) => console.warn('[runtime] fence conflict', line));
  const counters = noCounts();

  const queue = createQueueOn(world, {
    ...options.queue,
    // Deliveries of this process come straight here.
    baseUrl: 'http://runtime.invalid',
    fetch: (url, init) => take(new Request(url as string, init)),
  });
  const messages = new RunMessages(queue.queue, overlap);
  const take = messages.handler((ask, messageId) =>
    ask.kind === 'tick' ? onTick(ask.runId, messageId) : onStep(ask),
  );

  async function onTick(runId: string, messageId: string) {
    const ticked = await inSpan('workflow.tick', { 'workflow.run_id': runId }, () =>
      tick({ world, workflows, fence, counters, onConflict }, runId),
    );
    return afterwards(ticked, runId, messageId);
  }

  /** Sees to it that a message is queued for whatever can happen next. */
  async function afterwards(ticked: Ticked, runId: string, messageId: string) {
    if (ticked.kind === 'over') return undefined;
    if (ticked.kind === 'crowded') return { timeoutSeconds: ticked.againMs / 1000 };
    const { workflowName, replay } = ticked;
    for (const { id } of replay.openSteps) await messages.runStep(runId, workflowName, id);
    const { nextWait } = replay;
    if (nextWait === undefined) return undefined;
    const sent = await messages.wakeAt(runId, workflowName, nextWait);
    if (!sent.includes(messageId)) return undefined;
    // This delivery is that message, and came early: the clocks of a store and of this host differ.
    return { timeoutSeconds: Math.max(1, nextWait.resumeAt.getTime() - Date.now()) / 1000 };
  }

  async function onStep({ runId, workflowName, stepId }: Extract<Ask, { kind: 'step' }>) {
    const attributes = { 'workflow.run_id': runId, 'workflow.step_id': stepId };
    const ran = await inSpan('workflow.step', attributes, () =>
      runStep({ world, steps, retry, counters }, runId, stepId),
    );
    if (ran.kind === 'later') return { timeoutSeconds: ran.delayMs / 1000 };
    await messages.wake(runId, workflowName);
    return undefined;
  }

  const started = queue.start();
  // Whoever closes the runtime is told.
  started.catch(() => {});

  return {
    async start(workflowName, input, { runId: wanted } = {}) {
      const deploymentId = await queue.queue.getDeploymentId();
      const eventData = { deploymentId, workflowName, input: input ?? null };
      const request = { eventType: 'run_created', eventData } as const;
      const { runId } = (await world.events.create(wanted ?? null, request)).run;
      await messages.wake(runId, workflowName);
      return { runId };
    },
    async resumeHook(token, payload, { asOfTimestamp } = {}) {
      const { runId, hookId } = await world.hooks.getByToken(token);
      const { workflowName } = await world.runs.get(runId, { resolveData: 'none' });
      const request = {
        eventType: 'hook_received',
        correlationId: hookId,
        eventData: { token, payload: payload ?? null },
      } as const;
      await world.events.create(runId, request, { asOfTimestamp });
      await messages.wake(runId, workflowName);
    },
    async cancel(runId) {
      await world.events.create(runId, { eventType: 'run_cancelled' });
    },
    result: (runId, { signal } = {}) => resultOf(world, runId, signal) as Promise<never>,
    fetch: take,
    counters,
    async close() {
      await queue.close();
      await started;
    },
  };
}

async function resultOf(world: World, runId: string, signal?: AbortSignal): Promise<unknown> {
  for await (const { eventType } of world.events.follow({ runId, signal, resolveData: 'none' })) {
    if (RUN_ENDS.has(eventType)) break;
  }
  signal?.throwIfAborted();
  const run = await world.runs.get(runId);
  switch (run.status) {
    case 'completed':
      return run.output;
    case 'cancelled':
      throw new RunFailedError(runId, 'RUN_CANCELLED', 'the run was cancelled');
    case 'failed':
      throw new RunFailedError(runId, run.error.code ?? 'USER_ERROR', messageOf(run.error));
    default:
      throw new Error(`the world was closed before ${runId} was over`);
  }
}
