import {
  CreateEventParamsSchema,
  EventRequestSchema,
  EventSchema,
  KeySchema,
  MAX_PAGE_SIZE,
  RUN_STATUSES,
  TERMINAL_RUN_STATUSES,
} from '@world/contract';
import { z } from 'zod';
import type { FOLLOW, MethodName } from '../methods.js';

/** What each argument of each route may be, for the document: worlds check by themselves. */

const resolveData = z.enum(['all', 'none']).optional();
const pagination = z
  .object({
    limit: z.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
    cursor: z.string().optional(),
    sortOrder: z.enum(['asc', 'desc']).optional(),
  })
  .optional();
const read = z.object({ resolveData }).optional();
const listOfRun = z.object({ runId: KeySchema, pagination, resolveData });
const createParams = CreateEventParamsSchema.optional();

/** Schemas that have a name in the document. */
export const NAMED_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  EventRequest: EventRequestSchema,
  Event: EventSchema,
  CreateEventParams: CreateEventParamsSchema,
};

/** By route, then by argument. */
export const ARGUMENT_SCHEMAS: Readonly<
  Record<MethodName | typeof FOLLOW, Readonly<Record<string, z.ZodType>>>
> = {
  'events.create': {
    runId: KeySchema.nullable(),
    event: EventRequestSchema,
    params: createParams,
  },
  'events.createBatch': {
    runId: KeySchema,
    events: z.array(EventRequestSchema).min(1).max(1000),
    params: createParams,
  },
  'events.import': { runId: KeySchema, events: z.array(EventSchema) },
  'events.get': { runId: KeySchema, eventId: KeySchema, params: read },
  'events.list': { params: listOfRun },
  'events.listByCorrelationId': {
    params: listOfRun.extend({ runId: KeySchema.optional(), correlationId: KeySchema }),
  },
  'events.follow': {
    params: z.object({ runId: KeySchema, cursor: z.string().optional(), resolveData }),
  },
  'runs.get': { runId: KeySchema, params: read },
  'runs.list': {
    params: z
      .object({
        workflowName: z.string().optional(),
        status: z.enum(RUN_STATUSES).optional(),
        pagination,
        resolveData,
      })
      .optional(),
  },
  'steps.get': { runId: KeySchema.optional(), stepId: KeySchema, params: read },
  'steps.list': { params: listOfRun },
  'hooks.get': { hookId: KeySchema, params: read },
  'hooks.getByToken': { token: KeySchema, params: read },
  'hooks.list': { params: listOfRun.extend({ runId: KeySchema.optional() }) },
  'waits.get': { runId: KeySchema, waitId: KeySchema },
  'waits.list': { params: listOfRun },
  prune: {
    params: z.object({
      olderThan: z.union([z.iso.datetime({ offset: true }), z.number()]),
      status: z.enum(TERMINAL_RUN_STATUSES).optional(),
      limit: z.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
    }),
  },
  deleteNamespace: {},
};
