import type { CreateEventParams, ResolveData } from './create-event-params.js';
import type {
  Hook,
  RunStatus,
  Step,
  StepWithoutData,
  Wait,
  WorkflowRun,
  WorkflowRunWithoutData,
} from './entities.js';
import type { CreateEventRequest, Event, EventRequest, RunCreatedRequest } from './events.js';
import type { Encryption } from './keyring.js';
import type { PaginatedResponse, PaginationOptions } from './pagination.js';
import type { MessageStore } from './queue/message-store.js';
import type { Queue } from './queue.js';
import type { Capabilities } from './store.js';
import type { StreamStore } from './streams/stream-store.js';
import type { Streamer } from './streams.js';

/** A bounded page of events, with whether there are more. */
export interface MissedEvents {
  events: Event[];
  hasMore: boolean;
}

/** What an append did. */
export interface EventResult {
  /** The committed event, whose id is the new tail; absent when nothing was appended. */
  event?: Event;
  /** With events of a run: the run after it. */
  run?: WorkflowRun;
  /** With events of a step: the step after it. */
  step?: Step;
  /** With `hook_created`: the hook; absent when the token was held and `event` is the `hook_conflict`. */
  hook?: Hook;
  /** With events of a wait: the wait after it. */
  wait?: Wait;
  /** With `run_started`, the first of a batch: the log so far, as `events.list` gives its first page. */
  events?: Event[];
  cursor?: string | null;
  hasMore?: boolean;
  /** With `fenceScope: 'in-band'`: the out-of-band events, newer than the fence, that the write was pushed past. */
  passed?: MissedEvents;
}

/** What the creation of a run did. */
export interface RunCreatedResult extends EventResult {
  run: WorkflowRun;
}

/** What a batch did: one result per request, in order. */
export interface BatchResult {
  results: EventResult[];
  /** Id of the run's last event after the batch: the next fence. */
  lastKnownEventId: string;
  /** As in {@link EventResult}, for the batch. */
  passed?: MissedEvents;
}

/** What an import did. */
export interface ImportResult {
  /** Events that were not there before. */
  imported: number;
}

/** What a prune did. */
export interface PruneResult {
  /** The runs that are gone. */
  runIds: string[];
}

export interface ReadParams {
  resolveData?: ResolveData | undefined;
}
type WithoutPayloads = { resolveData: 'none' };
type WithPayloads = { resolveData?: 'all' };

export interface ListRunsParams extends ReadParams {
  workflowName?: string | undefined;
  status?: RunStatus | undefined;
  pagination?: PaginationOptions | undefined;
}

export interface ListOfRunParams extends ReadParams {
  runId: string;
  pagination?: PaginationOptions | undefined;
}

export interface ListHooksParams extends ReadParams {
  runId?: string | undefined;
  pagination?: PaginationOptions | undefined;
}

export interface ListByCorrelationIdParams extends ReadParams {
  correlationId: string;
  /** Only events of this run. */
  runId?: string | undefined;
  pagination?: PaginationOptions | undefined;
}

/** Which log to follow, and from where. */
export interface FollowParams extends ReadParams {
  runId: string;
  /** A cursor of `events.list` in ascending order; the beginning of the log when not given. */
  cursor?: string | undefined;
  /** Ends the iteration. */
  signal?: AbortSignal | undefined;
}

/** The logs of runs: what changes a run is appended here. */
export interface Events {
  /**
   * Appends one event and changes its entity, in one commit. A null run id lets the world make one.
   * @throws INVALID_ARGUMENT, FENCE_CONFLICT, PRECONDITION_FAILED, and the codes of the event's row in the table.
   */
  create(
    runId: string | null,
    data: RunCreatedRequest,
    params?: CreateEventParams,
  ): Promise<RunCreatedResult>;
  create(runId: string, data: CreateEventRequest, params?: CreateEventParams): Promise<EventResult>;
  create(runId: string, data: EventRequest, params?: CreateEventParams): Promise<EventResult>;
  /** Appends 1 to 1000 events in order and in one commit, all or none, under one fence (F10). */
  createBatch(
    runId: string,
    events: readonly EventRequest[],
    params?: CreateEventParams,
  ): Promise<BatchResult>;
  /**
   * Copies a log, or the rest of one, with ids, positions and times kept; what is there already is compared.
   * @throws LOG_DIVERGED when the logs differ; TOKEN_HELD when a live hook's token belongs to another run here.
   */
  import(runId: string, events: readonly Event[]): Promise<ImportResult>;
  /** @throws EVENT_NOT_FOUND */
  get(runId: string, eventId: string, params?: ReadParams): Promise<Event>;
  /** Oldest first and 1000 a page by default. @throws RUN_NOT_FOUND */
  list(params: ListOfRunParams): Promise<PaginatedResponse<Event>>;
  listByCorrelationId(params: ListByCorrelationIdParams): Promise<PaginatedResponse<Event>>;
  /** Committed events in order, from the cursor on, until the signal, `close()`, or the run's removal ends it. */
  follow(params: FollowParams): AsyncIterableIterator<Event>;
}

/** Reads of runs. */
export interface Runs {
  /** @throws RUN_NOT_FOUND */
  get(id: string, params: WithoutPayloads): Promise<WorkflowRunWithoutData>;
  get(id: string, params?: WithPayloads): Promise<WorkflowRun>;
  get(id: string, params?: ReadParams): Promise<WorkflowRun | WorkflowRunWithoutData>;
  /** Newest first and 20 a page by default. */
  list(
    params: ListRunsParams & WithoutPayloads,
  ): Promise<PaginatedResponse<WorkflowRunWithoutData>>;
  list(params?: ListRunsParams & WithPayloads): Promise<PaginatedResponse<WorkflowRun>>;
  list(params?: ListRunsParams): Promise<PaginatedResponse<WorkflowRun | WorkflowRunWithoutData>>;
}

/** Reads of steps. */
export interface Steps {
  /** Without a run id: the step of that id in any run. @throws STEP_NOT_FOUND */
  get(runId: string | undefined, stepId: string, params: WithoutPayloads): Promise<StepWithoutData>;
  get(runId: string | undefined, stepId: string, params?: WithPayloads): Promise<Step>;
  get(
    runId: string | undefined,
    stepId: string,
    params?: ReadParams,
  ): Promise<Step | StepWithoutData>;
  /** Newest first and 100 a page by default. */
  list(params: ListOfRunParams & WithoutPayloads): Promise<PaginatedResponse<StepWithoutData>>;
  list(params: ListOfRunParams & WithPayloads): Promise<PaginatedResponse<Step>>;
  list(params: ListOfRunParams): Promise<PaginatedResponse<Step | StepWithoutData>>;
}

/** Live hooks only: disposed ones, and those of ended runs, are gone. */
export interface Hooks {
  /** @throws HOOK_NOT_FOUND */
  get(hookId: string, params?: ReadParams): Promise<Hook>;
  /** @throws HOOK_NOT_FOUND */
  getByToken(token: string, params?: ReadParams): Promise<Hook>;
  /** Oldest first and 100 a page by default. */
  list(params: ListHooksParams): Promise<PaginatedResponse<Hook>>;
}

/** Waits; those that a run left open when it ended are gone. */
export interface Waits {
  /** @throws WAIT_NOT_FOUND */
  get(runId: string, waitId: string): Promise<Wait>;
  /** Oldest first and 100 a page by default. */
  list(params: ListOfRunParams): Promise<PaginatedResponse<Wait>>;
}

/** Which ended runs to remove. */
export interface PruneParams {
  /** Runs that ended before this time. */
  olderThan: Date;
  /** Any terminal status when not given. */
  status?: 'completed' | 'failed' | 'cancelled' | undefined;
  /** At most this many runs, 1 to 1000; 100 when not given. */
  limit?: number | undefined;
}

/**
 * A backend of a durable-workflow engine. A superset of `World` of `@workflow/world@4.5.0`; no method needs `this`.
 * Every error is a `WorldError`; after `close()` every call fails with `WORLD_CLOSED`.
 */
export interface World extends Queue, Streamer, Encryption {
  readonly specVersion: number;
  readonly capabilities: Capabilities;
  readonly events: Events;
  readonly runs: Runs;
  readonly steps: Steps;
  readonly hooks: Hooks;
  readonly waits: Waits;
  /** What the queue is made of: for workers, and to look after dead messages. */
  readonly messages: MessageStore;
  /** What streams are made of: for servers that stand before a world. */
  readonly chunks: StreamStore;
  /** Removes ended runs with all that belongs to them, oldest end first. Never a live run. */
  prune(params: PruneParams): Promise<PruneResult>;
  /** Removes this world's namespace with everything in it, live runs included. */
  deleteNamespace(): Promise<void>;
  /** Delivers messages from now on, and wakes runs that nothing else would wake, unless it only produces. */
  start(): Promise<void>;
  /**
   * Finishes deliveries and whatever else was begun, ends followers and readers of streams, releases everything. May
   * be called twice.
   */
  close(): Promise<void>;
}
