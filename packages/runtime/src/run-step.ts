import { hasCode, type World } from '@world/contract';
import { isOver } from './commit.js';
import type { Counters } from './counters.js';
import { FatalError, RetryableError, storedError } from './errors.js';
import type { StepInfo, Steps } from './workflow.js';

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

/** What became of an attempt. */
export type StepRan =
  | { readonly kind: 'over' }
  | { readonly kind: 'later'; readonly delayMs: number };

const OVER: StepRan = { kind: 'over' };

/** Runs a step once, if it is to run, and writes down what came of it. @throws what the world throws when it cannot be reached */
export async function runStep(parts: StepParts, runId: string, stepId: string): Promise<StepRan> {
  const { world, counters } = parts;
  try {
    const { step } = await world.events.create(runId, {
      eventType: 'step_started',
      correlationId: stepId,
    });
    if (step === undefined) throw new Error(`${stepId} was started, and is not there`);
    counters.stepAttempts += 1;
    const { stepName, input, attempt } = step;
    return await attemptStep(parts, stepName, input, { runId, stepId, attempt });
  } catch (error) {
    if (hasCode(error, 'TOO_EARLY')) {
      return { kind: 'later', delayMs: error.details.retryAfter * 1000 };
    }
    // Another delivery has done it, or nobody waits for it any more.
    if (hasCode(error, 'STEP_TERMINAL') || isOver(error)) return OVER;
    throw error;
  }
}

async function attemptStep(
  { world, steps, retry }: StepParts,
  stepName: string,
  input: unknown,
  info: StepInfo,
): Promise<StepRan> {
  const { maxAttempts = 4 } = retry;
  const { runId, stepId: correlationId, attempt } = info;
  let result: unknown;
  try {
    // Its workers died each time.
    if (attempt > maxAttempts) throw new FatalError(`did not end in ${maxAttempts} attempts`);
    const step = steps[stepName];
    if (step === undefined) throw new Error(`no step is named ${stepName} here`);
    // No value is null: stores keep values.
    result = (await step(input, info)) ?? null;
  } catch (thrown) {
    const error = storedError(thrown);
    if (thrown instanceof FatalError || attempt >= maxAttempts) {
      await world.events.create(runId, {
        eventType: 'step_failed',
        correlationId,
        eventData: { error },
      });
      return OVER;
    }
    const delayMs = delayOf(thrown, attempt, retry);
    const retryAfter = new Date(Date.now() + delayMs);
    const eventData = { error, retryAfter };
    await world.events.create(runId, { eventType: 'step_retrying', correlationId, eventData });
    return { kind: 'later', delayMs };
  }
  try {
    await world.events.create(runId, {
      eventType: 'step_completed',
      correlationId,
      eventData: { result },
    });
  } catch (error) {
    if (!hasCode(error, 'INVALID_ARGUMENT')) throw error;
    // It has given something that no store takes: so it will the next time.
    const eventData = { error: storedError(error) };
    await world.events.create(runId, { eventType: 'step_failed', correlationId, eventData });
  }
  return OVER;
}

function delayOf(thrown: unknown, attempt: number, retry: RetryOptions): number {
  const { firstDelayMs = 1000, maxDelayMs = 60_000 } = retry;
  const wanted = thrown instanceof RetryableError ? thrown.retryAfter : undefined;
  if (wanted !== undefined) {
    return Math.max(0, typeof wanted === 'number' ? wanted : wanted.getTime() - Date.now());
  }
  return Math.min(firstDelayMs * 2 ** (attempt - 1), maxDelayMs) * (0.5 + Math.random() / 2);
}
