import {
  BatchResultSchema,
  BytesSchema,
  ClaimedSchema,
  EnqueuedSchema,
  EventResultSchema,
  EventSchema,
  EventWithoutDataSchema,
  HookSchema,
  ImportResultSchema,
  MessageRecordSchema,
  MissedEventsSchema,
  PruneResultSchema,
  pageSchemaOf,
  RunCreatedResultSchema,
  StepSchema,
  StepWithoutDataSchema,
  StreamOutcomeSchema,
  StreamSliceSchema,
  StreamStateSchema,
  WaitSchema,
  WorkflowRunSchema,
  WorkflowRunWithoutDataSchema,
  type World,
} from '@world/contract';
import { z } from 'zod';
import type { MethodName } from '../methods.js';

/** What each route answers with, for the document. */

const event = z.union([EventSchema, EventWithoutDataSchema]);
const run = z.union([WorkflowRunSchema, WorkflowRunWithoutDataSchema]);
const step = z.union([StepSchema, StepWithoutDataSchema]);

const eventPage = pageSchemaOf(event);
const runPage = pageSchemaOf(run);
const stepPage = pageSchemaOf(step);
const hookPage = pageSchemaOf(HookSchema);
const waitPage = pageSchemaOf(WaitSchema);

/** Schemas of answers that have a name in the document. */
export const NAMED_ANSWERS: Readonly<Record<string, z.ZodType>> = {
  Event: EventSchema,
  EventWithoutData: EventWithoutDataSchema,
  Run: WorkflowRunSchema,
  RunWithoutData: WorkflowRunWithoutDataSchema,
  Step: StepSchema,
  StepWithoutData: StepWithoutDataSchema,
  Hook: HookSchema,
  Wait: WaitSchema,
  MissedEvents: MissedEventsSchema,
  EventResult: EventResultSchema,
  RunCreatedResult: RunCreatedResultSchema,
  BatchResult: BatchResultSchema,
  EventPage: eventPage,
  RunPage: runPage,
  StepPage: stepPage,
  HookPage: hookPage,
  WaitPage: waitPage,
};

type CallOf<N extends string, W> = N extends `${infer Part}.${infer Call}`
  ? Part extends keyof W
    ? CallOf<Call, W[Part]>
    : unknown
  : N extends keyof W
    ? W[N]
    : unknown;

/** What a call gives; with overloads, what the widest of them gives. */
type AnswerOf<N extends string> =
  CallOf<N, World> extends (...args: never[]) => Promise<infer A> ? A : unknown;

/** The `value` of an answer, by route. */
export const ANSWER_SCHEMAS: { readonly [N in MethodName]: z.ZodType<AnswerOf<N>> } = {
  'events.create': z.union([RunCreatedResultSchema, EventResultSchema]),
  'events.createBatch': BatchResultSchema,
  'events.import': ImportResultSchema,
  'events.get': event,
  'events.list': eventPage,
  'events.listByCorrelationId': eventPage,
  'runs.get': run,
  'runs.list': runPage,
  'steps.get': step,
  'steps.list': stepPage,
  'hooks.get': HookSchema,
  'hooks.getByToken': HookSchema,
  'hooks.list': hookPage,
  'waits.get': WaitSchema,
  'waits.list': waitPage,
  queue: z.object({ messageId: z.string().nullable() }) as never,
  'messages.enqueue': EnqueuedSchema,
  'messages.claim': ClaimedSchema,
  'messages.extend': z.array(z.boolean()),
  'messages.settle': z.boolean(),
  'messages.list': z.array(MessageRecordSchema),
  'messages.redrive': z.number(),
  'messages.secret': BytesSchema,
  'chunks.write': StreamOutcomeSchema,
  'chunks.read': StreamSliceSchema,
  'chunks.state': StreamStateSchema,
  'chunks.namesOf': z.array(z.string()),
  prune: PruneResultSchema,
  deleteNamespace: z.undefined(),
};
