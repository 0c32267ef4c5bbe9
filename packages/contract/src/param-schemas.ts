import { z } from 'zod';
import { ResolveDataSchema } from './create-event-params.js';
import { RUN_STATUSES } from './entities.js';
import type { FieldsOf } from './fields-of.js';
import { MAX_PAGE_SIZE, PaginationSchema } from './pagination.js';
import { TERMINAL_RUN_STATUSES } from './transitions.js';
import { isStorableText, KeySchema, TimeSchema } from './values.js';
import type {
  FollowParams,
  ListByCorrelationIdParams,
  ListHooksParams,
  ListOfRunParams,
  ListRunsParams,
  PruneParams,
  ReadParams,
} from './world.js';

/** What checks the parameters of reads and of prune. Those of appends are in `create-event-params.ts`. */

/** Events that one batch takes at most. */
export const MAX_BATCH_SIZE = 1000;

const read = { resolveData: ResolveDataSchema.optional() } satisfies FieldsOf<ReadParams>;
const list = { ...read, pagination: PaginationSchema };

/** Checks the params of `get`. */
export const ReadParamsSchema: z.ZodType<ReadParams> = z.object(read);

/** Checks the params of `runs.list`. */
export const ListRunsParamsSchema: z.ZodType<ListRunsParams> = z.object({
  ...list,
  workflowName: z.string().refine(isStorableText).optional(),
  status: z.enum(RUN_STATUSES).optional(),
} satisfies FieldsOf<ListRunsParams>);

/** Checks the params of lists of what one run has. */
export const ListOfRunParamsSchema: z.ZodType<ListOfRunParams> = z.object({
  ...list,
  runId: KeySchema,
} satisfies FieldsOf<ListOfRunParams>);

/** Checks the params of `hooks.list`. */
export const ListHooksParamsSchema: z.ZodType<ListHooksParams> = z.object({
  ...list,
  runId: KeySchema.optional(),
} satisfies FieldsOf<ListHooksParams>);

/** Checks the params of `events.listByCorrelationId`. */
export const ListByCorrelationIdParamsSchema: z.ZodType<ListByCorrelationIdParams> = z.object({
  ...list,
  correlationId: KeySchema,
  runId: KeySchema.optional(),
} satisfies FieldsOf<ListByCorrelationIdParams>);

/** Which log to follow, and from where: what of {@link FollowParams} is data. */
export type LogPosition = Omit<FollowParams, 'signal'>;

const logPosition = {
  ...read,
  runId: KeySchema,
  cursor: z.string().optional(),
} satisfies FieldsOf<LogPosition>;

/** Checks which log to follow, and from where. */
export const LogPositionSchema: z.ZodType<LogPosition> = z.object(logPosition);

/** Checks the params of `events.follow`. */
export const FollowParamsSchema: z.ZodType<FollowParams> = z.object({
  ...logPosition,
  signal: z.instanceof(AbortSignal).optional(),
} satisfies FieldsOf<FollowParams>);

/** Checks the params of `prune`. */
export const PruneParamsSchema: z.ZodType<PruneParams> = z.object({
  olderThan: TimeSchema,
  status: z.enum(TERMINAL_RUN_STATUSES).optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
} satisfies FieldsOf<PruneParams>);
