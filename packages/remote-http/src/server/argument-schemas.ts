import {
  ClaimRefSchema,
  ClaimRequestSchema,
  CreateEventParamsSchema,
  EventRequestSchema,
  EventSchema,
  KeySchema,
  LeaseSchema,
  ListByCorrelationIdParamsSchema,
  ListHooksParamsSchema,
  ListOfRunParamsSchema,
  ListRunsParamsSchema,
  LogPositionSchema,
  MAX_BATCH_SIZE,
  MessageRangeSchema,
  NewMessageSchema,
  PruneParamsSchema,
  QueueNameSchema,
  QueueOptionsSchema,
  ReadParamsSchema,
  SettlementSchema,
  StreamRangeSchema,
  StreamWriteSchema,
} from '@world/contract';
import { z } from 'zod';
import type { LiveName, MethodName } from '../methods.js';
import { WATCH_SCHEMAS } from './live-changes.js';
import { LONG_POLL_SCHEMAS } from './long-poll.js';

/** What each argument of each route may be, for the document: worlds check by themselves. */

/** Schemas of arguments that have a name in the document. */
export const NAMED_ARGUMENTS: Readonly<Record<string, z.ZodType>> = {
  EventRequest: EventRequestSchema,
  /** As `Event`, with times written in any way that is understood. */
  ImportedEvent: EventSchema,
  CreateEventParams: CreateEventParamsSchema,
};

const createParams = CreateEventParamsSchema.optional();
const read = ReadParamsSchema.optional();

/** By route, then by argument. */
export const ARGUMENT_SCHEMAS: Readonly<
  Record<MethodName | LiveName, Readonly<Record<string, z.ZodType>>>
> = {
  'events.create': {
    runId: KeySchema.nullable(),
    event: EventRequestSchema,
    params: createParams,
  },
  'events.createBatch': {
    runId: KeySchema,
    events: z.array(EventRequestSchema).min(1).max(MAX_BATCH_SIZE),
    params: createParams,
  },
  'events.import': { runId: KeySchema, events: z.array(EventSchema) },
  'events.get': { runId: KeySchema, eventId: KeySchema, params: read },
  'events.list': { params: ListOfRunParamsSchema },
  'events.listByCorrelationId': { params: ListByCorrelationIdParamsSchema },
  'events.follow': { params: LogPositionSchema },
  'events.poll': LONG_POLL_SCHEMAS,
  'runs.get': { runId: KeySchema, params: read },
  'runs.list': { params: ListRunsParamsSchema.optional() },
  'steps.get': { runId: KeySchema.optional(), stepId: KeySchema, params: read },
  'steps.list': { params: ListOfRunParamsSchema },
  'hooks.get': { hookId: KeySchema, params: read },
  'hooks.getByToken': { token: KeySchema, params: read },
  'hooks.list': { params: ListHooksParamsSchema },
  'waits.get': { runId: KeySchema, waitId: KeySchema },
  'waits.list': { params: ListOfRunParamsSchema },
  queue: {
    queueName: QueueNameSchema,
    message: z.looseObject({}),
    opts: QueueOptionsSchema.optional(),
  },
  'messages.enqueue': { message: NewMessageSchema },
  'messages.claim': { request: ClaimRequestSchema },
  'messages.extend': { claims: z.array(ClaimRefSchema), leaseMs: LeaseSchema },
  'messages.settle': { claim: ClaimRefSchema, settlement: SettlementSchema },
  'messages.list': { params: MessageRangeSchema },
  'messages.redrive': { messageId: KeySchema.optional() },
  'messages.secret': {},
  'chunks.write': { write: StreamWriteSchema },
  'chunks.read': { range: StreamRangeSchema },
  'chunks.state': { name: KeySchema },
  'chunks.namesOf': { runId: KeySchema },
  watch: WATCH_SCHEMAS,
  prune: { params: PruneParamsSchema },
  deleteNamespace: {},
};
