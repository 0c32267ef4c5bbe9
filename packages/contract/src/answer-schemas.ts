import { z } from 'zod';
import { HookSchema, StepSchema, WaitSchema, WorkflowRunSchema } from './entity-schemas.js';
import { type Event, EventSchema, EventWithoutDataSchema } from './events.js';
import type { FieldsOf } from './fields-of.js';
import type { PaginatedResponse } from './pagination.js';
import type {
  BatchResult,
  EventResult,
  ImportResult,
  MissedEvents,
  PruneResult,
  RunCreatedResult,
} from './world.js';

/** What the calls of a world give, for documents and for checks of it. Entities are in `entity-schemas.ts`. */

const event: z.ZodType<Event> = z.union([EventSchema, EventWithoutDataSchema]);

/** One page of a list. */
export const pageSchemaOf = <T>(item: z.ZodType<T>): z.ZodType<PaginatedResponse<T>> =>
  z.object({
    data: z.array(item),
    cursor: z.string().nullable(),
    hasMore: z.boolean(),
  } satisfies FieldsOf<PaginatedResponse<T>>);

/** A bounded page of events. */
export const MissedEventsSchema: z.ZodType<MissedEvents> = z.object({
  events: z.array(event),
  hasMore: z.boolean(),
} satisfies FieldsOf<MissedEvents>);

const eventResult = {
  event: event.exactOptional(),
  run: WorkflowRunSchema.exactOptional(),
  step: StepSchema.exactOptional(),
  hook: HookSchema.exactOptional(),
  wait: WaitSchema.exactOptional(),
  events: z.array(event).exactOptional(),
  cursor: z.string().nullable().exactOptional(),
  hasMore: z.boolean().exactOptional(),
  passed: MissedEventsSchema.exactOptional(),
} satisfies FieldsOf<EventResult>;

/** What an append did. */
export const EventResultSchema: z.ZodType<EventResult> = z.object(eventResult);

/** What the creation of a run did. */
export const RunCreatedResultSchema: z.ZodType<RunCreatedResult> = z.object({
  ...eventResult,
  run: WorkflowRunSchema,
} satisfies FieldsOf<RunCreatedResult>);

/** What a batch did. */
export const BatchResultSchema: z.ZodType<BatchResult> = z.object({
  results: z.array(EventResultSchema),
  lastKnownEventId: z.string(),
  passed: MissedEventsSchema.exactOptional(),
} satisfies FieldsOf<BatchResult>);

/** What an import did. */
export const ImportResultSchema: z.ZodType<ImportResult> = z.object({
  imported: z.number().int().min(0),
} satisfies FieldsOf<ImportResult>);

/** What a prune did. */
export const PruneResultSchema: z.ZodType<PruneResult> = z.object({
  runIds: z.array(z.string()),
} satisfies FieldsOf<PruneResult>);
