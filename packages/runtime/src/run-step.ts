import { type CreateEventRequest, hasCode, type World } from '@world/contract';
import { isOver } from './commit.js';
import { FatalError, RetryableError, storedError } from './errors.js';
import type { Counters } from './tick.js';
import type { StepFunction, Steps } from './workflow.js';

/** How steps that throw are tried again. */
export interface RetryOptions {
  /** 4 when not given. */
  readonly maxAttempts?: number;
  /** Before the second attempt, ms; then twice as long each time. 1000 when not given. */
  readonly firstDelayMs?: number;
  /** At most so long, ms; 60000 when not given. */
  readonly maxDelayMs?: number;
}

export interface StepParts {
  readonly world: World;
  readonly steps: Steps;
  readonly retry: RetryOptions;
  readonly counters: Counters;
}

/**
 * Runs a step once, if it is to run, and writes down what came of it. Returns after how many ms it is to run again, if it is.
 * @throws what the world throws when it cannot be reached
 */
export async function runStep(
  parts: StepParts,
  runId: string,
  stepId: string,
): Promise<number | undefined> {
  const { events } = parts.world;
  try {
    const outcome = await attemptStep(parts, runId, stepId);
    const { retryAfter } = outcome.eventType === 'step_retrying' ? outcome.eventData : {};
    await events.create(runId, outcome).catch((error: unknown) => {
      if (!hasCode(error, 'INVALID_ARGUMENT')) throw error;
      // It gave something that no store takes, and will the next time.
      return events.create(runId, failed(stepId, error));
    });
    return retryAfter && Math.max(0, retryAfter.getTime() - Date.now());
  } catch (error) {
    if (hasCode(error, 'TOO_EARLY')) return error.details.retryAfter * 1000;
    // Another delivery has done it, or nobody waits for it any more.
    if (hasCode(error, 'STEP_TERMINAL') || isOver(error)) return undefined;
    throw error;
  }
}

/** Starts a step and runs it; gives the event that tells how that went. */
async function attemptStep(
  { world, steps, retry, counters }: StepParts,
  runId: string,
  stepId: string,
): Promise<CreateEventRequest> {
  const { maxAttempts = 4 } = retry;
  const started = { eventType: 'step_started', correlationId: stepId } as const;
  const { step } = await world.events.create(runId, started);
  if (step === undefined) throw new Error(`${stepId} was started, and is not there`);
  const { stepName, input, attempt } = step;
  counters.stepAttempts += 1;
  try {
    if (attempt > maxAttempts) throw new FatalError(`its workers died ${maxAttempts} times`);
    const run = steps[stepName] as StepFunction;
    const result = (await run(input, { runId, stepId, attempt })) ?? null;
    return { eventType: 'step_completed', correlationId: stepId, eventData: { result } };
  } catch (thrown) {
    if (thrown instanceof FatalError || attempt >= maxAttempts) return failed(stepId, thrown);
    const eventData = { error: storedError(thrown), retryAfter: retryTime(thrown, attempt, retry) };
    return { eventType: 'step_retrying', correlationId: stepId, eventData };
  }
}

const failed = (correlationId: string, thrown: unknown): CreateEventRequest => ({
  eventType: 'step_failed',
  correlationId,
  eventData: { error: storedError(thrown) },
});

function retryTime(thrown: unknown, attempt: number, retry: RetryOptions): Date {
  const { firstDelayMs = 1000, maxDelayMs = 60_000 } = retry;
  const wanted = thrown instanceof RetryableError ? thrown.retryAfter : undefined;
  if (wanted instanceof Date) return wanted;
  const usualMs = Math.min(firstDelayMs * 2 ** (attempt - 1), maxDelayMs);
  return new Date(Date.now() + (wanted ?? usualMs * (0.5 + Math.random() / 2)));
}
