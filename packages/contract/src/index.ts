export { PAYLOAD_FIELDS } from './advance.js';
export {
  BatchResultSchema,
  EventResultSchema,
  ImportResultSchema,
  MissedEventsSchema,
  PruneResultSchema,
  pageSchemaOf,
  RunCreatedResultSchema,
} from './answer-schemas.js';
export { decodeData, encodeData } from './codec.js';
export type { Command, Fields, Patch, Scalar } from './command.js';
export { createCommand } from './command.js';
export type { CreateEventParams, FenceScope, ResolveData } from './create-event-params.js';
export { CREATE_EVENT_PARAMS, CreateEventParamsSchema } from './create-event-params.js';
export type { WorldOptions } from './create-world.js';
export {
  createWorld,
  DEFAULT_MISSED_LIMIT,
  DEFAULT_PAYLOAD_LIMIT_BYTES,
  SPEC_VERSION,
} from './create-world.js';
export type {
  Hook,
  RunStatus,
  Step,
  StepStatus,
  StepWithoutData,
  StructuredError,
  Wait,
  WaitStatus,
  WorkflowRun,
  WorkflowRunWithoutData,
} from './entities.js';
export { RUN_STATUSES } from './entities.js';
export {
  HookSchema,
  StepSchema,
  StepWithoutDataSchema,
  WaitSchema,
  WorkflowRunSchema,
  WorkflowRunWithoutDataSchema,
} from './entity-schemas.js';
export type { DetailsOf, ErrorDetailsByCode } from './error-details.js';
export { hasCode } from './error-details.js';
export type { ErrorCode, ErrorDetails, ErrorName, ErrorRow } from './errors.js';
export {
  EntityConflictError,
  ERRORS,
  FenceConflictError,
  HookNotFoundError,
  invalidArgument,
  PreconditionFailedError,
  RunExpiredError,
  ThrottleError,
  TooEarlyError,
  WorkflowRunNotFoundError,
  WorkflowWorldError,
  WorldError,
  worldError,
} from './errors.js';
export type { Evaluation, Writes } from './evaluate.js';
export { evaluate } from './evaluate.js';
export { eventsCursor } from './event-cursor.js';
export {
  createEntropy,
  EVENT_ID_PREFIX,
  eventIdTime,
  isEventId,
  lowestEventIdAt,
  mintEventId,
} from './event-id.js';
export type {
  CreateEventRequest,
  Event,
  EventDataMap,
  EventRequest,
  EventType,
  RunCreatedRequest,
} from './events.js';
export { EVENT_TYPES, EventRequestSchema, EventSchema, EventWithoutDataSchema } from './events.js';
export { LogFold } from './fold.js';
export type { Encryption, EncryptionKey } from './keyring.js';
export { createKeyring } from './keyring.js';
export { Listeners } from './listeners.js';
export { OpenCalls } from './open-calls.js';
export type { PaginatedResponse, PaginationOptions } from './pagination.js';
export { MAX_PAGE_SIZE } from './pagination.js';
export type { LogPosition } from './param-schemas.js';
export {
  FollowParamsSchema,
  ListByCorrelationIdParamsSchema,
  ListHooksParamsSchema,
  ListOfRunParamsSchema,
  ListRunsParamsSchema,
  LogPositionSchema,
  MAX_BATCH_SIZE,
  PruneParamsSchema,
  ReadParamsSchema,
} from './param-schemas.js';
export type { QueueParts, RunningQueue } from './queue/create-queue.js';
export { createQueue } from './queue/create-queue.js';
export {
  ClaimedSchema,
  ClaimRefSchema,
  ClaimRequestSchema,
  EnqueuedSchema,
  LeaseSchema,
  MessageRangeSchema,
  MessageRecordSchema,
  NewMessageSchema,
  SettlementSchema,
} from './queue/message-schemas.js';
export type {
  Claimed,
  ClaimedMessage,
  ClaimRef,
  ClaimRequest,
  Enqueued,
  MessageHead,
  MessageRange,
  MessageRecord,
  MessageState,
  MessageStore,
  NewMessage,
  Settlement,
  Topic,
} from './queue/message-store.js';
export { MAX_CLAIM_BYTES } from './queue/message-store.js';
export { createMessages } from './queue/messages.js';
export type { MessageContent } from './queue/new-message.js';
export { contentOf } from './queue/new-message.js';
export { createQueueOn } from './queue/queue-on-world.js';
export type { Platform, QueueSettings, ResolvedQueueSettings, Role } from './queue/settings.js';
export { resolveQueueSettings } from './queue/settings.js';
export type {
  HealthCheckPayload,
  MessageId,
  Queue,
  QueueDelivery,
  QueueHandler,
  QueueOptions,
  QueuePayload,
  StepInvokePayload,
  WorkflowInvokePayload,
} from './queue.js';
export { QueueNameSchema, QueueOptionsSchema } from './queue.js';
export { payloadDigest } from './refusals.js';
export { createRunId, isRunId } from './run-id.js';
export type {
  Append,
  Capabilities,
  CommandResult,
  Committed,
  CorrelationRange,
  EntityRange,
  EntityRecord,
  EventPage,
  EventRange,
  EventRecord,
  Fence,
  Outcome,
  Provenance,
  PruneRange,
  Refused,
  RunRange,
  RunRecord,
  SortOrder,
  State,
  Store,
  Tail,
  TokenOwner,
} from './store.js';
export { createChunks } from './streams/chunks.js';
export { createStreamer, type StreamerOptions } from './streams/create-streamer.js';
export {
  StreamOutcomeSchema,
  StreamRangeSchema,
  StreamSliceSchema,
  StreamStateSchema,
  StreamWriteSchema,
} from './streams/stream-schemas.js';
export type {
  StreamOutcome,
  StreamRange,
  StreamSlice,
  StreamState,
  StreamStore,
  StreamWrite,
  StreamWriter,
} from './streams/stream-store.js';
export type {
  GetChunksOptions,
  StreamChunk,
  StreamChunksResponse,
  Streamer,
  StreamInfo,
  StreamWriteOptions,
} from './streams.js';
export { GetChunksOptionsSchema, StreamWriteOptionsSchema } from './streams.js';
export type {
  Condition,
  Effect,
  EntityKind,
  Otherwise,
  Rule,
  Subject,
  Transition,
} from './transitions.js';
export {
  HIDDEN_STATUSES,
  ON_RUN_END,
  TERMINAL_RUN_STATUSES,
  TRANSITIONS,
} from './transitions.js';
export { BytesSchema, KeySchema } from './values.js';
export type { View } from './view.js';
export type {
  BatchResult,
  EventResult,
  Events,
  FollowParams,
  Hooks,
  ImportResult,
  ListByCorrelationIdParams,
  ListHooksParams,
  ListOfRunParams,
  ListRunsParams,
  MissedEvents,
  PruneParams,
  PruneResult,
  ReadParams,
  RunCreatedResult,
  Runs,
  Steps,
  Waits,
  World,
} from './world.js';
