import { z } from 'zod';
import type { FieldsOf } from './fields-of.js';
import { KeySchema, PayloadSchema, TimeSchema } from './values.js';

/**
 * Events and the requests that make them. Shapes follow `@workflow/world@4.5.0`; events add `seq`.
 * Payloads (`input`, `output`, `result`, `error`, `metadata`, `payload`) are opaque, usually `Uint8Array`.
 */

/** All event types; each has a row in `TRANSITIONS`. */
export const EVENT_TYPES = [
  'run_created',
  'run_started',
  'run_completed',
  'run_failed',
  'run_cancelled',
  'step_created',
  'step_started',
  'step_completed',
  'step_failed',
  'step_retrying',
  'hook_created',
  'hook_received',
  'hook_disposed',
  'hook_conflict',
  'wait_created',
  'wait_completed',
] as const;

/** One of `EVENT_TYPES`. */
export type EventType = (typeof EVENT_TYPES)[number];

type Opt<T> = T | undefined;

/** `eventData` by event type. Unknown fields are kept: newer clients send more. */
export interface EventDataMap {
  run_created: {
    deploymentId: string;
    workflowName: string;
    input: unknown;
    executionContext?: Opt<Record<string, unknown>>;
  };
  run_started: {
    input?: unknown;
    deploymentId?: Opt<string>;
    workflowName?: Opt<string>;
    executionContext?: Opt<Record<string, unknown>>;
  };
  run_completed: { output?: unknown };
  run_failed: { error: unknown; errorCode?: Opt<string> };
  step_created: { stepName: string; workflowName?: Opt<string>; input: unknown };
  step_started: {
    stepName?: Opt<string>;
    attempt?: Opt<number>;
    workflowName?: Opt<string>;
  };
  step_completed: { stepName?: Opt<string>; workflowName?: Opt<string>; result: unknown };
  step_failed: { stepName?: Opt<string>; error: unknown; stack?: Opt<string> };
  step_retrying: {
    stepName?: Opt<string>;
    error: unknown;
    stack?: Opt<string>;
    /** The step may not start before this time. */
    retryAfter?: Opt<Date>;
  };
  hook_created: { token: string; metadata?: unknown; isWebhook?: Opt<boolean> };
  hook_received: { token?: Opt<string>; payload: unknown };
  hook_disposed: { token?: Opt<string> };
  hook_conflict: { token: string; conflictingRunId?: Opt<string> };
  wait_created: { resumeAt: Date };
  wait_completed: { resumeAt?: Opt<Date> };
}

interface RequestBase<T extends EventType> {
  eventType: T;
  specVersion?: Opt<number>;
}

/** About the run itself. */
interface RunRequest<T extends EventType> extends RequestBase<T> {
  correlationId?: Opt<string>;
}

/** About a step, hook or wait, whose id `correlationId` is. */
interface EntityRequest<T extends EventType> extends RequestBase<T> {
  correlationId: string;
}

type WithData<T extends keyof EventDataMap> = { eventData: EventDataMap[T] };
type WithOptionalData<T extends keyof EventDataMap> = { eventData?: Opt<EventDataMap[T]> };

/** What creates a run; the only request that needs no run id. */
export type RunCreatedRequest = RunRequest<'run_created'> & WithData<'run_created'>;

type ExistingRunRequest =
  | (RunRequest<'run_started'> & WithOptionalData<'run_started'>)
  | (RunRequest<'run_completed'> & WithData<'run_completed'>)
  | (RunRequest<'run_failed'> & WithData<'run_failed'>)
  | RunRequest<'run_cancelled'>
  | (EntityRequest<'step_created'> & WithData<'step_created'>)
  | (EntityRequest<'step_started'> & WithOptionalData<'step_started'>)
  | (EntityRequest<'step_completed'> & WithData<'step_completed'>)
  | (EntityRequest<'step_failed'> & WithData<'step_failed'>)
  | (EntityRequest<'step_retrying'> & WithData<'step_retrying'>)
  | (EntityRequest<'hook_created'> & WithData<'hook_created'>)
  | (EntityRequest<'hook_received'> & WithData<'hook_received'>)
  | (EntityRequest<'hook_disposed'> & WithOptionalData<'hook_disposed'>)
  | (EntityRequest<'wait_created'> & WithData<'wait_created'>)
  | (EntityRequest<'wait_completed'> & WithOptionalData<'wait_completed'>);

/** What callers may append. `hook_conflict` is missing: only worlds write it. */
export type EventRequest = RunCreatedRequest | ExistingRunRequest;
/** What callers may append to a run that exists. */
export type CreateEventRequest = ExistingRunRequest;

interface EventBase {
  runId: string;
  /** `evnt_` + ULID; string order is commit order. */
  eventId: string;
  /** Position in the run's log, 1-based and dense. */
  seq: number;
  /** The store's clock at the commit. */
  createdAt: Date;
  /** When it happened on the client's side, if the client said so. */
  occurredAt?: Opt<Date>;
}

type HookConflict = EntityRequest<'hook_conflict'> & WithData<'hook_conflict'>;

/** A committed event. With `resolveData: 'none'` payload fields of `eventData` are left out. */
export type Event = (EventRequest | HookConflict) & EventBase;

const data = {
  run_created: z.looseObject({
    deploymentId: z.string(),
    workflowName: z.string(),
    input: PayloadSchema,
    executionContext: z.record(z.string(), z.unknown()).optional(),
  }),
  run_started: z.looseObject({
    deploymentId: z.string().optional(),
    workflowName: z.string().optional(),
    executionContext: z.record(z.string(), z.unknown()).optional(),
  }),
  run_completed: z.looseObject({}),
  run_failed: z.looseObject({ error: PayloadSchema, errorCode: z.string().optional() }),
  step_created: z.looseObject({ stepName: z.string(), input: PayloadSchema }),
  step_started: z.looseObject({ attempt: z.number().optional() }),
  step_completed: z.looseObject({ result: PayloadSchema }),
  step_failed: z.looseObject({ error: PayloadSchema, stack: z.string().optional() }),
  step_retrying: z.looseObject({
    error: PayloadSchema,
    stack: z.string().optional(),
    retryAfter: TimeSchema.optional(),
  }),
  hook_created: z.looseObject({ token: KeySchema, isWebhook: z.boolean().optional() }),
  hook_received: z.looseObject({ token: z.string().optional(), payload: PayloadSchema }),
  hook_disposed: z.looseObject({ token: z.string().optional() }),
  hook_conflict: z.looseObject({ token: KeySchema, conflictingRunId: z.string().optional() }),
  wait_created: z.looseObject({ resumeAt: TimeSchema }),
  wait_completed: z.looseObject({ resumeAt: TimeSchema.optional() }),
};

const specVersion = z.number().int().min(1).optional();

/** A schema per event type, with these fields too: none for requests, a position for events. */
const schemasWith = <P extends z.core.$ZodShape>(position: P) => {
  const ofRun = <T extends EventType, D extends z.ZodType>(eventType: T, eventData: D) =>
    z.object({
      eventType: z.literal(eventType),
      correlationId: KeySchema.optional(),
      specVersion,
      eventData,
      ...position,
    });
  const ofEntity = <T extends EventType, D extends z.ZodType>(eventType: T, eventData: D) =>
    z.object({
      eventType: z.literal(eventType),
      correlationId: KeySchema,
      specVersion,
      eventData,
      ...position,
    });
  const requests = [
    ofRun('run_created', data.run_created),
    ofRun('run_started', data.run_started.optional()),
    ofRun('run_completed', data.run_completed),
    ofRun('run_failed', data.run_failed),
    ofRun('run_cancelled', z.looseObject({}).optional()),
    ofEntity('step_created', data.step_created),
    ofEntity('step_started', data.step_started.optional()),
    ofEntity('step_completed', data.step_completed),
    ofEntity('step_failed', data.step_failed),
    ofEntity('step_retrying', data.step_retrying),
    ofEntity('hook_created', data.hook_created),
    ofEntity('hook_received', data.hook_received),
    ofEntity('hook_disposed', data.hook_disposed.optional()),
    ofEntity('wait_created', data.wait_created),
    ofEntity('wait_completed', data.wait_completed.optional()),
  ] as const;
  return { requests, hookConflict: ofEntity('hook_conflict', data.hook_conflict) };
};

/** A request as the inside of the contract sees it: checked, of any type, `eventData` a plain object. */
export interface ParsedRequest {
  readonly eventType: EventType;
  readonly correlationId?: string | undefined;
  readonly specVersion?: number | undefined;
  readonly eventData?: Readonly<Record<string, unknown>> | undefined;
}

/** What callers may append; refuses `hook_conflict`. */
export const EventRequestSchema: z.ZodType<ParsedRequest> = z.discriminatedUnion(
  'eventType',
  schemasWith({}).requests,
);

const position = {
  runId: KeySchema,
  eventId: z.string(),
  seq: z.number().int().min(1),
  createdAt: TimeSchema,
  occurredAt: TimeSchema.optional(),
};

/** A committed event as it is read back or imported, of any type. */
export interface ParsedEvent extends ParsedRequest {
  readonly runId: string;
  readonly eventId: string;
  readonly seq: number;
  readonly createdAt: Date;
  readonly occurredAt?: Date | undefined;
}

const committed = schemasWith(position);

/** Checks a committed event of any type, as logs and copies hold it. */
export const EventSchema: z.ZodType<Event> = z.discriminatedUnion('eventType', [
  ...committed.requests,
  committed.hookConflict,
]);

/**
 * A committed event as it is read with `resolveData: 'none'`: without payloads, and without `eventData` when nothing else is
 * in it. Reads give it as an `Event`.
 */
export const EventWithoutDataSchema: z.ZodType<Event> = z.object({
  eventType: z.enum(EVENT_TYPES),
  correlationId: KeySchema.optional(),
  specVersion,
  eventData: z.looseObject({}).optional(),
  ...position,
} satisfies FieldsOf<ParsedEvent>) as z.ZodType<ParsedEvent> as z.ZodType<Event>;
