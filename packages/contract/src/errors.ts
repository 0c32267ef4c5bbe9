import type { Event } from './events.js';

/**
 * Every error a World throws. The class (and its `name`) is what stock clients test; the literal `code`
 * is what new code tests. Names follow `@workflow/errors@4.2.1`.
 */

const BRAND: unique symbol = Symbol.for('@world/contract/error') as never;

/** What each code means to a caller: the error's name, its HTTP status, and whether the same call may be sent again. */
export interface ErrorRow {
  readonly name: ErrorName;
  readonly status: number;
  /** `true`: the same call can succeed later, nothing about it has to change. */
  readonly retryable: boolean;
}

/** Names of error classes, as `@workflow/errors@4.2.1` has them, and `FenceConflictError`. */
export type ErrorName =
  | 'EntityConflictError'
  | 'FenceConflictError'
  | 'HookNotFoundError'
  | 'PreconditionFailedError'
  | 'RunExpiredError'
  | 'ThrottleError'
  | 'TooEarlyError'
  | 'WorkflowRunNotFoundError'
  | 'WorkflowWorldError';

const row = (name: ErrorName, status: number, retryable = false): ErrorRow => ({
  name,
  status,
  retryable,
});

/** What went wrong, for callers to match on. What each one means: docs/contract.md, "Errors". */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'RUN_NOT_FOUND'
  | 'STEP_NOT_FOUND'
  | 'HOOK_NOT_FOUND'
  | 'WAIT_NOT_FOUND'
  | 'EVENT_NOT_FOUND'
  | 'RUN_EXISTS'
  | 'RUN_TERMINAL'
  | 'STEP_EXISTS'
  | 'STEP_TERMINAL'
  | 'HOOK_EXISTS'
  | 'TOKEN_HELD'
  | 'WAIT_EXISTS'
  | 'WAIT_COMPLETED'
  | 'LOG_DIVERGED'
  | 'STREAM_CLOSED'
  | 'FENCE_CONFLICT'
  | 'RUN_EXPIRED'
  | 'STREAM_REMOVED'
  | 'PRECONDITION_FAILED'
  | 'TOO_EARLY'
  | 'THROTTLED'
  | 'STORE_INCOMPATIBLE'
  | 'NOT_SUPPORTED'
  | 'STORE_UNAVAILABLE'
  | 'WORLD_CLOSED';

/** Codes, names, statuses and retry advice, in one table. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorRow>> = {
  INVALID_ARGUMENT: row('WorkflowWorldError', 400),
  UNAUTHORIZED: row('WorkflowWorldError', 401),
  FORBIDDEN: row('WorkflowWorldError', 403),
  RUN_NOT_FOUND: row('WorkflowRunNotFoundError', 404),
  STEP_NOT_FOUND: row('WorkflowWorldError', 404),
  HOOK_NOT_FOUND: row('HookNotFoundError', 404),
  WAIT_NOT_FOUND: row('WorkflowWorldError', 404),
  EVENT_NOT_FOUND: row('WorkflowWorldError', 404),
  RUN_EXISTS: row('EntityConflictError', 409),
  RUN_TERMINAL: row('EntityConflictError', 409),
  STEP_EXISTS: row('EntityConflictError', 409),
  STEP_TERMINAL: row('EntityConflictError', 409),
  HOOK_EXISTS: row('EntityConflictError', 409),
  TOKEN_HELD: row('EntityConflictError', 409),
  WAIT_EXISTS: row('EntityConflictError', 409),
  WAIT_COMPLETED: row('EntityConflictError', 409),
  LOG_DIVERGED: row('EntityConflictError', 409),
  STREAM_CLOSED: row('WorkflowWorldError', 409),
  FENCE_CONFLICT: row('FenceConflictError', 409),
  RUN_EXPIRED: row('RunExpiredError', 410),
  STREAM_REMOVED: row('WorkflowWorldError', 410),
  PRECONDITION_FAILED: row('PreconditionFailedError', 412),
  TOO_EARLY: row('TooEarlyError', 425, true),
  THROTTLED: row('ThrottleError', 429, true),
  STORE_INCOMPATIBLE: row('WorkflowWorldError', 500),
  NOT_SUPPORTED: row('WorkflowWorldError', 501),
  STORE_UNAVAILABLE: row('WorkflowWorldError', 503, true),
  WORLD_CLOSED: row('WorkflowWorldError', 503),
};

/** Facts that come with an error: which field, which entity, what stands in the way. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface WorldErrorOptions {
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** Base class: every error a World throws is one of these. Match on `code`, never on the message. */
export class WorldError extends Error {
  readonly code: ErrorCode;
  /** HTTP status of the code, as stock clients read it. */
  readonly status: number;
  readonly details: ErrorDetails;
  /** Seconds until the call may succeed; with `TOO_EARLY` and `THROTTLED`. */
  declare readonly retryAfter?: number;

  constructor(code: ErrorCode, message: string, options: WorldErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = ERRORS[code].name;
    this.code = code;
    this.status = ERRORS[code].status;
    this.details = options.details ?? {};
    const { retryAfter } = this.details;
    if (typeof retryAfter === 'number') this.retryAfter = retryAfter;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for an error of any copy of this package, and of this class's name or code. */
  static is(value: unknown, code?: ErrorCode): value is WorldError {
    return (
      typeof value === 'object' &&
      value !== null &&
      BRAND in value &&
      (code === undefined || ('code' in value && value.code === code))
    );
  }
}

const named = (value: unknown, name: ErrorName): boolean =>
  typeof value === 'object' && value !== null && 'name' in value && value.name === name;

/** 409: the entity is not in a state that allows the event. Code `RUN_EXISTS`, `STEP_TERMINAL`, `WAIT_COMPLETED`, …. */
export class EntityConflictError extends WorldError {
  static override is(value: unknown): value is EntityConflictError {
    return named(value, 'EntityConflictError');
  }
}

/** 409 `FENCE_CONFLICT`: the log has moved on. Carries what the writer missed, so that it can catch up at once. */
export class FenceConflictError extends WorldError {
  /** The fence: what the writer believed to be the tail; null when a timestamp resolved to nothing. */
  get lastKnownEventId(): string | null {
    return (this.details.lastKnownEventId as string | null | undefined) ?? null;
  }
  /** The tail at the instant of refusal; null when the run does not exist. */
  get tailEventId(): string | null {
    return (this.details.tailEventId as string | null | undefined) ?? null;
  }
  /** What the writer missed: the events beyond its fence, a bounded page of them. */
  get missed(): { readonly events: readonly Event[]; readonly hasMore: boolean } {
    const { events, hasMore } = this.details;
    return { events: Array.isArray(events) ? events : [], hasMore: hasMore === true };
  }
  static override is(value: unknown): value is FenceConflictError {
    return named(value, 'FenceConflictError');
  }
}

/** 404 `HOOK_NOT_FOUND`: no live hook of that id or token. */
export class HookNotFoundError extends WorldError {
  get token(): string | undefined {
    return this.details.token as string | undefined;
  }
  static override is(value: unknown): value is HookNotFoundError {
    return named(value, 'HookNotFoundError');
  }
}

/** 412 `PRECONDITION_FAILED`: an outcome newer than `stateUpdatedAt` was committed. */
export class PreconditionFailedError extends WorldError {
  static override is(value: unknown): value is PreconditionFailedError {
    return named(value, 'PreconditionFailedError');
  }
}

/** 410 `RUN_EXPIRED`: the run has ended; nothing new may start on it. */
export class RunExpiredError extends WorldError {
  static override is(value: unknown): value is RunExpiredError {
    return named(value, 'RunExpiredError');
  }
}

/** 429 `THROTTLED`: try again after `retryAfter` seconds. */
export class ThrottleError extends WorldError {
  static override is(value: unknown): value is ThrottleError {
    return named(value, 'ThrottleError');
  }
}

/** 425 `TOO_EARLY`: the step's `retryAfter` lies ahead; `retryAfter` says how many seconds. */
export class TooEarlyError extends WorldError {
  static override is(value: unknown): value is TooEarlyError {
    return named(value, 'TooEarlyError');
  }
}

/** 404 `RUN_NOT_FOUND`. */
export class WorkflowRunNotFoundError extends WorldError {
  get runId(): string | undefined {
    return this.details.runId as string | undefined;
  }
  static override is(value: unknown): value is WorkflowRunNotFoundError {
    return named(value, 'WorkflowRunNotFoundError');
  }
}

/** Everything without a class of its own: bad arguments, missing entities, an unusable store. */
export class WorkflowWorldError extends WorldError {
  static override is(value: unknown): value is WorkflowWorldError {
    return named(value, 'WorkflowWorldError');
  }
}

const CLASSES: Record<ErrorName, typeof WorldError> = {
  EntityConflictError,
  FenceConflictError,
  HookNotFoundError,
  PreconditionFailedError,
  RunExpiredError,
  ThrottleError,
  TooEarlyError,
  WorkflowRunNotFoundError,
  WorkflowWorldError,
};

/** Makes the error of a code: the one place that picks the class. */
export function worldError(
  code: ErrorCode,
  message: string,
  options: WorldErrorOptions = {},
): WorldError {
  return new CLASSES[ERRORS[code].name](code, message, options);
}

/** `INVALID_ARGUMENT` for one field, e.g. `eventData.token`. */
export function invalidArgument(
  field: string,
  problem: string,
  options: WorldErrorOptions = {},
): WorldError {
  return worldError('INVALID_ARGUMENT', `${field}: ${problem}`, {
    ...options,
    details: { ...options.details, field },
  });
}
