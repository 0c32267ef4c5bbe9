import type { Command, Fields } from './command.js';
import type { FenceScope } from './create-event-params.js';
import type { ErrorCode } from './errors.js';
import type { EventType } from './events.js';
import type { MessageStore } from './queue/message-store.js';
import type { StreamStore } from './streams/stream-store.js';
import type { EntityKind } from './transitions.js';

/**
 * What an adapter implements. A store executes commands atomically and reads what is there; it holds no rule about
 * runs, validates nothing and words no error. Times are epoch ms, event data is opaque bytes.
 */

/** Where a run's log stands. */
export interface Tail {
  /** Number of events; the last one's `seq`. */
  readonly seq: number;
  /** Id of the last event. */
  readonly eventId: string;
  /** Id of the last in-band event. */
  readonly decisionId: string;
  /** Time part of the last outcome's id, epoch ms; 0 when there is none. */
  readonly outcomeAt: number;
}

/** Fields of a run or entity. Payloads are the `seq` of the event that holds them. */
export type State = Fields & { readonly status: string };

/** A run as a store holds it. */
export interface RunRecord {
  readonly runId: string;
  readonly tail: Tail;
  readonly state: State;
}

/** A step, hook or wait as a store holds it. Records stay when they no longer show, so that ids stay taken. */
export interface EntityRecord {
  readonly runId: string;
  readonly kind: EntityKind;
  readonly id: string;
  readonly state: State;
}

/** A committed event as a store holds it. Times are epoch ms; `data` is encoded `eventData`. */
export interface EventRecord {
  readonly runId: string;
  readonly seq: number;
  readonly eventId: string;
  readonly eventType: EventType;
  readonly correlationId?: string;
  readonly specVersion?: number;
  readonly createdAt: number;
  readonly occurredAt?: number;
  readonly data?: Uint8Array;
  /** The run that held the token; what a world adds to the data that a client sent. */
  readonly conflictingRunId?: string;
}

/** The live hook that owns a token. */
export interface TokenOwner {
  readonly runId: string;
  readonly hookId: string;
}

/** What the writer of an append knew of the log. */
export interface Fence {
  readonly lastKnownEventId?: string;
  /** Epoch ms; ignored when `lastKnownEventId` is set. */
  readonly asOfTimestamp?: number;
  readonly scope: FenceScope;
}

/** Id and time of an event that was committed elsewhere and is copied here. */
export interface Provenance {
  readonly eventId: string;
  readonly createdAt: number;
}

/** Commands on one run, to be executed in order and in one commit, all or none. */
export interface Append {
  readonly runId: string;
  readonly commands: readonly Command[];
  readonly fence?: Fence;
  readonly stateUpdatedAt?: number;
  readonly idempotencyKey?: string;
  /** Random characters for as many ids as the commands can need; see `mintEventId`. */
  readonly entropy: readonly string[];
  /** One per command, for imports; ids and times are then not minted. */
  readonly provenance?: readonly Provenance[];
  /** Return the events that hold the payloads of the records in the result. */
  readonly payloads: boolean;
  /** Return the log so far, at most this many events. */
  readonly logLimit: number;
  /** At most this many events come back with a fence conflict, or with a write that was pushed past them. */
  readonly missedLimit: number;
}

/** A bounded page of events, ascending, with whether the log goes on. */
export interface EventPage {
  readonly events: readonly EventRecord[];
  readonly hasMore: boolean;
}

/** What became of one command. */
export interface CommandResult {
  /** Absent when nothing was appended and there is no earlier event to show. */
  readonly event?: EventRecord;
  readonly run: RunRecord;
  readonly entity?: EntityRecord;
}

export interface Committed {
  readonly kind: 'committed';
  /** One per command, in order. */
  readonly results: readonly CommandResult[];
  /** With `payloads`: events of this run that the records refer to. */
  readonly payloads: readonly EventRecord[];
  /** With `logLimit`. */
  readonly log?: EventPage;
  /** With an in-band fence: the out-of-band events that the write was pushed past. */
  readonly passed?: EventPage;
}

/** The idempotency key was used before, by an append of these events. */
export interface Replayed {
  readonly kind: 'replayed';
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** What a writer missed whose fence is behind. */
export interface FenceConflict {
  /** The event id that the fence stands for, null when that is the empty log. */
  readonly lastKnownEventId: string | null;
  /** What came after it; the log from its beginning when it is not in the log. */
  readonly missed: EventPage;
}

export interface Refused {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  /** Which command, 0-based. */
  readonly index: number;
  readonly run?: RunRecord;
  readonly entity?: EntityRecord;
  readonly owner?: TokenOwner;
  /** Events of this run that the entity refers to, where they are at hand; they are read otherwise. */
  readonly payloads?: readonly EventRecord[];
  /** The store's clock at the refusal. */
  readonly nowMs: number;
  /** With `FENCE_CONFLICT`: what the writer missed. */
  readonly conflict?: FenceConflict;
}

/** What became of an append; `kind` tells which. */
export type Outcome = Committed | Replayed | Refused;

/** Of lists; what ascends is said where the list is. */
export type SortOrder = 'asc' | 'desc';

/** A slice of a run's log: events beyond `afterSeq` (before it when descending). */
export interface EventRange {
  readonly runId: string;
  readonly correlationId?: string;
  readonly afterSeq?: number;
  readonly order: SortOrder;
  readonly limit: number;
}

/** Events of all runs with one correlation id, ordered by run id, then `seq`. */
export interface CorrelationRange {
  readonly correlationId: string;
  readonly after?: { readonly runId: string; readonly seq: number };
  readonly order: SortOrder;
  readonly limit: number;
}

/** Runs by creation time, then id. */
export interface RunRange {
  readonly status?: string;
  readonly workflowName?: string;
  readonly after?: { readonly createdAt: number; readonly runId: string };
  readonly order: SortOrder;
  readonly limit: number;
}

/**
 * Entities of one kind in none of the hidden statuses: of one run by `createdSeq`; or of all runs, those that hold a
 * token, by creation time, run id, `createdSeq`.
 */
export interface EntityRange {
  readonly kind: EntityKind;
  readonly runId?: string;
  readonly hiddenStatuses: readonly string[];
  readonly after?: {
    readonly createdAt: number;
    readonly runId: string;
    readonly createdSeq: number;
  };
  readonly order: SortOrder;
  readonly limit: number;
}

/** Which runs to remove. */
export interface PruneRange {
  /** Runs that ended before this time, epoch ms. */
  readonly endedBefore: number;
  readonly statuses: readonly string[];
  readonly limit: number;
}

/** What a store can do. Every one is answered; tests that need one name it. */
export interface Capabilities {
  /** Acknowledged events survive a process kill and a power loss. */
  readonly durable: boolean;
  /** An instance in another process, on the same data, sees and races this one. */
  readonly shared: boolean;
  readonly queue: boolean;
  readonly streams: boolean;
  /** Changes made through any instance are notified, not polled. */
  readonly push: boolean;
}

/**
 * A backend, as an adapter implements it. Failures of the backend are thrown as `STORE_UNAVAILABLE` or
 * `STORE_INCOMPATIBLE`.
 */
export interface Store {
  readonly capabilities: Capabilities;
  /** With the capability `queue`. */
  readonly messages?: MessageStore;
  /** With the capability `streams`. */
  readonly streams?: StreamStore;
  /** Executes an append atomically: as `evaluate` says, against the state at the instant of commit. */
  append(append: Append): Promise<Outcome>;
  readRun(runId: string): Promise<RunRecord | undefined>;
  readEntity(kind: EntityKind, runId: string, id: string): Promise<EntityRecord | undefined>;
  /** An entity of that id in any run, in none of these statuses. */
  findEntity(
    kind: EntityKind,
    id: string,
    hiddenStatuses: readonly string[],
  ): Promise<EntityRecord | undefined>;
  readTokenOwner(token: string): Promise<TokenOwner | undefined>;
  /** At most `limit` events; empty when the run is absent. */
  readEvents(range: EventRange): Promise<readonly EventRecord[]>;
  /** The events at these positions, those that exist, in any order. */
  readEventsAt(
    positions: readonly { readonly runId: string; readonly seq: number }[],
  ): Promise<readonly EventRecord[]>;
  readCorrelatedEvents(range: CorrelationRange): Promise<readonly EventRecord[]>;
  listRuns(range: RunRange): Promise<readonly RunRecord[]>;
  listEntities(range: EntityRange): Promise<readonly EntityRecord[]>;
  /** Removes runs, oldest end first, with all that belongs to them. Returns their ids. */
  prune(range: PruneRange): Promise<readonly string[]>;
  /**
   * Calls back, soon after, whenever the run's log may have grown through this instance, or through any when `push`.
   * Returns what ends it.
   */
  subscribe(runId: string, onChange: () => void): () => void;
  /** Removes the namespace with everything in it. */
  deleteNamespace(): Promise<void>;
  /** Finishes what was begun, then releases everything. */
  close(): Promise<void>;
}
