import {
  createQueueOn,
  hasCode,
  invalidArgument,
  KeySchema,
  type QueueHandler,
  type QueuePayload,
  type QueueSettings,
  type World,
} from '@world/contract';
import { FENCE_MODES, type FenceMode } from './commit.js';
import { messageOf, RunFailedError } from './errors.js';
import { RUN_ENDS } from './log.js';
import {
  type Answer,
  type Ask,
  askOf,
  RunMessages,
  STEP_PREFIX,
  type StepRef,
  WORKFLOW_PREFIX,
} from './run-messages.js';
import { type RetryOptions, runStep } from './run-step.js';
import { inSpan } from './telemetry.js';
import { type ConflictLine, type Counters, tick } from './tick.js';
import type { Steps, Workflows } from './workflow.js';

/** So that the names of its queues are not too long. */
const MAX_NAME = 1000;

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
  /** How messages are delivered. With `concurrency` so many ticks and as many steps at a time; a `producer` runs nothing. */
  readonly queue?: Omit<QueueSettings, 'fetch' | 'baseUrl'>;
  /** Told once for each conflict; `console.warn` when not given. */
  readonly onConflict?: (line: ConflictLine) => void;
  /** Ticks of one run that a wake sets off at once; 1 when not given. More are of use only to those who test fences. */
  readonly overlap?: number;
}

/** Runs workflows on a world, with any number of others beside it. */
export interface Runtime {
  /** Starts a run. With an id of the caller's (`createRunId()`) this may be repeated: RUN_EXISTS says that it was done. */
  start(
    workflowName: string,
    input?: unknown,
    options?: { readonly runId?: string },
  ): Promise<{ runId: string }>;
  /**
   * Sends a payload to a live hook. Unfenced, so that no signal is lost; with `asOfTimestamp`, epoch ms, only if nothing has
   * happened in the run since; with an `idempotencyKey` it may be repeated, and the payload is sent once.
   * @throws HOOK_NOT_FOUND, FENCE_CONFLICT
   */
  resumeHook(
    token: string,
    payload: unknown,
    options?: { readonly asOfTimestamp?: number; readonly idempotencyKey?: string },
  ): Promise<void>;
  /** Ends a run that is not over. @throws RUN_NOT_FOUND, RUN_TERMINAL */
  cancel(runId: string): Promise<void>;
  /** What a run gives, once it is over. @throws RunFailedError, RUN_NOT_FOUND, the signal's reason */
  result<T = unknown>(runId: string, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /** Takes signed deliveries that come from elsewhere: `POST …/flow` and `…/step`. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly counters: Readonly<Counters>;
  /** Finishes what is under way, and hands back what does not end in time. */
  close(): Promise<void>;
}

/** Makes a runtime, which works from now on. @throws INVALID_ARGUMENT for bad settings; NOT_SUPPORTED without a queue */
export function createRuntime<S extends Steps>(options: RuntimeOptions<S>): Runtime {
  const { world, steps = {}, retry = {}, fence = 'tail', overlap = 1 } = options;
  if (!FENCE_MODES.includes(fence)) {
    throw invalidArgument('fence', `is none of ${FENCE_MODES.join(', ')}`);
  }
  if (!Number.isInteger(overlap) || overlap < 1) {
    throw invalidArgument('overlap', 'is no whole number above 0');
  }
  for (const [name, value] of Object.entries(retry)) {
    if (value !== undefined && !(value >= 0))
      throw invalidArgument(`retry.${name}`, 'is no number of 0 or more');
  }
  const { onConflict = (line) => console.warn('[runtime] fence conflict', line) } = options;
  const workflows = options.workflows as Workflows;
  const counters: Counters = {
    ticks: 0,
    conflicts: 0,
    retries: 0,
    handedBack: 0,
    divergences: 0,
    stepAttempts: 0,
  };
  const handle: QueueHandler = (message, delivery) => {
    const ask = askOf(message as QueuePayload, delivery);
    const { runId, step } = ask;
    const attributes = { 'workflow.run_id': runId, ...(step && { 'workflow.step_id': step.id }) };
    return step === undefined
      ? inSpan('workflow.tick', attributes, () => onTick(ask))
      : inSpan('workflow.step', attributes, () => onStep(ask, step));
  };
  const running = createQueueOn(world, handle, options.queue);
  const messages = new RunMessages(running.queue, overlap);
  const flow = running.queue.createQueueHandler(WORKFLOW_PREFIX, handle);
  const step = running.queue.createQueueHandler(STEP_PREFIX, handle);

  /** Looks at a run, and sees to it that a message is queued for whatever can happen next. */
  async function onTick({ runId, workflowName, messageId }: Ask): Promise<Answer> {
    const ticked = await tick({ world, workflows, fence, counters, onConflict }, runId);
    if (ticked.kind === 'over') return undefined;
    if (ticked.kind === 'crowded') return { timeoutSeconds: ticked.againMs / 1000 };
    const { openSteps, openWaits } = ticked.replay;
    await Promise.all(openSteps.map((one) => messages.runStep(runId, workflowName, one)));
    const [next] = openWaits;
    if (next === undefined) return undefined;
    const sent = await messages.wake(runId, workflowName, next);
    // Is this delivery that message, it came early: the clocks of the store and of this host differ.
    if (!sent.includes(messageId)) return undefined;
    return { timeoutSeconds: Math.max(1, next.resumeAtMs - Date.now()) / 1000 };
  }

  async function onStep({ runId, workflowName }: Ask, { id, name }: StepRef): Promise<Answer> {
    // Another process may have it: this is no attempt.
    if (!Object.hasOwn(steps, name)) throw new Error(`no step is named ${name} here`);
    const againMs = await runStep({ world, steps, retry, counters }, runId, id);
    if (againMs !== undefined) return { timeoutSeconds: againMs / 1000 };
    await messages.wake(runId, workflowName);
    return undefined;
  }

  const started = running.start();
  // Whoever closes the runtime is told.
  started.catch(() => {});

  return {
    async start(workflowName, input = null, { runId: wanted = null } = {}) {
      if (!KeySchema.max(MAX_NAME).safeParse(workflowName).success) {
        throw invalidArgument('workflowName', 'is no name');
      }
      const deploymentId = await running.queue.getDeploymentId();
      const eventData = { deploymentId, workflowName, input };
      const request = { eventType: 'run_created', eventData } as const;
      const created = world.events.create(wanted, request).catch(async (error: unknown) => {
        // It may be that only the message was lost.
        if (wanted !== null && hasCode(error, 'RUN_EXISTS'))
          await messages.wake(wanted, workflowName);
        throw error;
      });
      const { runId } = (await created).run;
      await messages.wake(runId, workflowName);
      return { runId };
    },
    async resumeHook(token, payload = null, params = {}) {
      const { runId, hookId: correlationId } = await world.hooks.getByToken(token);
      const { workflowName } = await world.runs.get(runId, { resolveData: 'none' });
      const eventData = { token, payload };
      const request = { eventType: 'hook_received', correlationId, eventData } as const;
      await world.events.create(runId, request, params);
      await messages.wake(runId, workflowName);
    },
    async cancel(runId) {
      await world.events.create(runId, { eventType: 'run_cancelled' });
    },
    result: (runId, { signal } = {}) => resultOf(world, runId, signal) as Promise<never>,
    fetch: (request) => (new URL(request.url).pathname.endsWith('/step') ? step : flow)(request),
    counters,
    async close() {
      await running.close();
      await started;
    },
  };
}

async function resultOf(world: World, runId: string, signal?: AbortSignal): Promise<unknown> {
  for await (const { eventType } of world.events.follow({ runId, signal, resolveData: 'none' })) {
    if (RUN_ENDS.has(eventType)) break;
  }
  signal?.throwIfAborted();
  const { status, output, error } = await world.runs.get(runId);
  if (status === 'completed') return output;
  if (status === 'cancelled') {
    throw new RunFailedError(runId, 'RUN_CANCELLED', 'the run was cancelled');
  }
  throw new RunFailedError(runId, error?.code ?? 'USER_ERROR', messageOf(error));
}
