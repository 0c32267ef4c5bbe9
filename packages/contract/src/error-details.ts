import { type ErrorCode, type ErrorDetails, WorldError } from './errors.js';
import type { Event, EventType } from './events.js';

/** What every refusal of an append says. */
interface RefusalDetails {
  readonly runId: string;
  readonly eventType: EventType;
  /** The entity that the event is about. */
  readonly correlationId?: string;
  /** The run's status at the refusal, if the run exists. */
  readonly status?: string;
  /** Which event of a batch, 0-based. */
  readonly index?: number;
}

/** `details` of the codes that have more to say than their message. */
export interface ErrorDetailsByCode {
  INVALID_ARGUMENT: {
    /** Path of what is wrong, e.g. `eventData.token` or `events[3].correlationId`. */
    readonly field: string;
  };
  RUN_NOT_FOUND: { readonly runId: string };
  RUN_EXISTS: RefusalDetails;
  RUN_TERMINAL: RefusalDetails;
  RUN_EXPIRED: RefusalDetails;
  STEP_EXISTS: RefusalDetails & {
    /** What is stored under the id: its name, and `payloadDigest` of its input. */
    readonly stepName: string;
    readonly inputDigest: string;
  };
  STEP_TERMINAL: RefusalDetails;
  HOOK_EXISTS: RefusalDetails;
  WAIT_EXISTS: RefusalDetails;
  WAIT_COMPLETED: RefusalDetails;
  TOKEN_HELD: RefusalDetails & {
    /** The run whose live hook holds the token. */
    readonly conflictingRunId: string;
  };
  FENCE_CONFLICT: RefusalDetails & {
    /** The event id that the fence stands for; null for the empty log. */
    readonly lastKnownEventId: string | null;
    /** The tail at the refusal; null when the run is absent. */
    readonly tailEventId: string | null;
    /** The events beyond the fence, a bounded page of them. */
    readonly events: readonly Event[];
    readonly hasMore: boolean;
  };
  PRECONDITION_FAILED: RefusalDetails;
  TOO_EARLY: RefusalDetails & {
    /** Seconds until the step may start. */
    readonly retryAfter: number;
  };
  STREAM_CLOSED: { readonly name: string };
  STREAM_REMOVED: { readonly name: string };
  LOG_DIVERGED: { readonly runId: string; readonly seq: number };
  NOT_SUPPORTED: { readonly capability: 'queue' | 'streams'; readonly method: string };
}

/** The `details` of a code. */
export type DetailsOf<C extends ErrorCode> = C extends keyof ErrorDetailsByCode
  ? ErrorDetailsByCode[C]
  : ErrorDetails;

/** True for an error of this code, of any copy of this package; its `details` are then typed. */
export function hasCode<C extends ErrorCode>(
  error: unknown,
  code: C,
): error is WorldError & { readonly code: C; readonly details: DetailsOf<C> } {
  return WorldError.is(error, code);
}
