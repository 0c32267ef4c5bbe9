import { inspect } from 'node:util';
import type { Event } from '@world/contract';

/** What goes wrong with workflows and their steps. Match on `code`. */

/** Thrown by a step that shall not be tried again. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
}

/** Thrown by a step that shall be tried again at a time of its own choosing: in so many ms, or at that time. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly retryAfter: number | Date | undefined;

  constructor(message: string, options: { readonly retryAfter?: number | Date } = {}) {
    super(message);
    this.retryAfter = options.retryAfter;
  }
}

/** What `step` rejects with in a workflow when the step has failed for good; `message` is the step's own. */
export class StepFailedError extends Error {
  override readonly name = 'StepFailedError';
  readonly code = 'STEP_FAILED';
  readonly stepName: string;

  constructor(stepName: string, message: string) {
    super(message);
    this.stepName = stepName;
  }
}

/** What a hook rejects with in a workflow when a live hook of another run holds its token. */
export class HookConflictError extends Error {
  override readonly name = 'HookConflictError';
  readonly code = 'TOKEN_HELD';
  readonly token: string;

  constructor(token: string) {
    super(`another hook holds the token ${token}`);
    this.token = token;
  }
}

/** What `next` of a hook rejects with that the workflow has disposed of. */
export class HookDisposedError extends Error {
  override readonly name = 'HookDisposedError';
  readonly code = 'HOOK_DISPOSED';
}

/** The code does not do what the log says that it has done. */
export class ReplayDivergenceError extends Error {
  override readonly name = 'ReplayDivergenceError';
  readonly code = 'REPLAY_DIVERGENCE';
  readonly event: Event;
  /** What the log says. */
  readonly expected: string;
  /** What the code did. */
  readonly found: string;

  constructor(event: Event, expected: string, found: string) {
    super(
      `event ${event.seq} (${event.eventType}, ${event.eventId}): expected ${expected}, found ${found}`,
    );
    this.event = event;
    this.expected = expected;
    this.found = found;
  }
}

/**
 * Why a run has failed: `USER_ERROR`, its code has thrown; `CORRUPTED_EVENT_LOG`, its code cannot follow its log, however
 * often it is read.
 */
export type RunFailure = 'USER_ERROR' | 'CORRUPTED_EVENT_LOG';

/** What `result` rejects with for a run that has failed or was cancelled. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
  readonly runId: string;
  /** A {@link RunFailure}, `RUN_CANCELLED`, or what another engine wrote. */
  readonly code: string;

  constructor(runId: string, code: string, message: string) {
    super(message);
    this.runId = runId;
    this.code = code;
  }
}

const MAX_TEXT = 20_000;

/** Text that every store takes: not too long, and without NUL and lone surrogates. */
function storable(value: unknown): string {
  const text = typeof value === 'string' ? value : inspect(value);
  return Buffer.from(text.slice(0, MAX_TEXT)).toString().replaceAll('\0', '\ufffd');
}

/** Anything that was thrown, as events hold it. */
export function storedError(thrown: unknown): { name: string; message: string; stack: string } {
  const {
    name,
    message,
    stack = '',
  } = thrown instanceof Error ? thrown : new Error(storable(thrown));
  return { name: storable(name), message: storable(message), stack: storable(stack) };
}

/** The message of an error that an event holds, whoever wrote it. */
export function messageOf(stored: unknown): string {
  const { message } = (stored ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(stored);
}
