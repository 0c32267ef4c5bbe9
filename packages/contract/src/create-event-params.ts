import { z } from 'zod';
import { isEventId } from './event-id.js';
import { KeySchema, TimeSchema, TimestampSchema } from './values.js';

/** `'none'` leaves payload fields out of what is returned; it never changes what is written. */
export type ResolveData = 'none' | 'all';
export const ResolveDataSchema: z.ZodType<ResolveData> = z.enum(['none', 'all']);

/**
 * What a fence counts as newer. `tail`: any event. `in-band`: decisions of an orchestrator only; the out-of-band events
 * that the write was pushed past come back in the result. `in-band` is for writes that no signal can change: a decision
 * that a hook or the outcome of a step would have turned needs `tail`.
 */
export type FenceScope = 'tail' | 'in-band';

/** Options of an append. The first seven are of `@workflow/world@4.5.0` or extend it; all are optional. */
export interface CreateEventParams {
  /**
   * Fence: commit only if this is the id of the run's last event at the instant of commit, else `FENCE_CONFLICT`.
   * Undefined is no fence, as with any option.
   */
  lastKnownEventId?: string | undefined;
  /**
   * Fence by time, epoch ms, for writers without a snapshot: stands for the highest event id whose time is strictly
   * before it. Ignored when `lastKnownEventId` is set.
   */
  asOfTimestamp?: number | undefined;
  /** What counts as newer than the fence; `'tail'` when not given. */
  fenceScope?: FenceScope | undefined;
  /** Guard of stock 4.x clients, epoch ms: 412 `PRECONDITION_FAILED` if an outcome newer than this was committed. Equal passes. */
  stateUpdatedAt?: number | undefined;
  /** The same key on the same run returns the first outcome again, and appends nothing. 1 to 1024 characters. */
  idempotencyKey?: string | undefined;
  /** `'all'` when not given. */
  resolveData?: ResolveData | undefined;
  /** For correlating logs; not stored. */
  requestId?: string | undefined;
  /** When it happened on the client's side; stored beside `createdAt`. */
  occurredAt?: Date | undefined;
  /** Accepted for stock clients, without effect. */
  v1Compat?: boolean | undefined;
}

/** Checks the params of an append. Unknown keys are dropped: `findMisspeltParam` comes first. */
export const CreateEventParamsSchema: z.ZodType<CreateEventParams> = z.object({
  lastKnownEventId: z.string().refine(isEventId, 'is not an event id').optional(),
  asOfTimestamp: TimestampSchema.optional(),
  fenceScope: z.enum(['tail', 'in-band']).optional(),
  stateUpdatedAt: TimestampSchema.optional(),
  idempotencyKey: KeySchema.optional(),
  resolveData: ResolveDataSchema.optional(),
  requestId: z.string().optional(),
  occurredAt: TimeSchema.optional(),
  v1Compat: z.boolean().optional(),
});

const KNOWN: Readonly<Record<keyof CreateEventParams, true>> = {
  lastKnownEventId: true,
  asOfTimestamp: true,
  fenceScope: true,
  stateUpdatedAt: true,
  idempotencyKey: true,
  resolveData: true,
  requestId: true,
  occurredAt: true,
  v1Compat: true,
};

/** Every field of `CreateEventParams`, for transports that must forward each one. */
export const CREATE_EVENT_PARAMS: readonly (keyof CreateEventParams)[] = Object.keys(
  KNOWN,
) as (keyof CreateEventParams)[];

const byFoldedName = new Map(CREATE_EVENT_PARAMS.map((name) => [name.toLowerCase(), name]));

/** A key that is a known one but for its case, if there is one: a misspelt fence must not become an unfenced write. */
export function findMisspeltParam(params: object): { given: string; meant: string } | undefined {
  for (const given of Object.keys(params)) {
    const meant = byFoldedName.get(given.toLowerCase());
    if (meant !== undefined && meant !== given) return { given, meant };
  }
  return undefined;
}
