import { decodeData } from './codec.js';
import type { Scalar } from './command.js';
import type { ResolveData } from './create-event-params.js';
import type { Draft } from './draft.js';
import type { Hook, Step, StructuredError, Wait, WorkflowRun } from './entities.js';
import type { Event, ParsedEvent } from './events.js';
import type { EntityRecord, EventRecord, RunRecord, State } from './store.js';
import { HIDDEN_STATUSES, TRANSITIONS } from './transitions.js';

/** Records of a store, as callers see them. Everything returned is fresh: nothing shares memory with a store. */

/** Finds the event that holds a payload; undefined when payloads were not asked for. */
export type PayloadSource = (runId: string, seq: number) => EventRecord | undefined;

const time = (value: Scalar | undefined): Date | undefined =>
  typeof value === 'number' ? new Date(value) : undefined;

const text = (value: Scalar | undefined): string => (typeof value === 'string' ? value : '');

const decoded = (value: Scalar | undefined): unknown =>
  value instanceof Uint8Array ? decodeData(value) : undefined;

/** The data of an event: what the client sent and what the world added. */
export function eventDataOf(event: EventRecord): Record<string, unknown> | undefined {
  if (event.data === undefined && event.conflictingRunId === undefined) return undefined;
  const data = (event.data === undefined ? {} : decodeData(event.data)) as Record<string, unknown>;
  if (event.conflictingRunId !== undefined) data.conflictingRunId = event.conflictingRunId;
  return data;
}

function payload(
  state: State,
  field: 'input' | 'output' | 'metadata',
  runId: string,
  source: PayloadSource,
): unknown {
  const seq = state[field];
  const event = typeof seq === 'number' ? source(runId, seq) : undefined;
  if (event === undefined) return undefined;
  const from = TRANSITIONS[event.eventType].effect.payload?.[field];
  return from === undefined ? undefined : eventDataOf(event)?.[from];
}

export function presentRun({ runId, state, tail }: RunRecord, source: PayloadSource): WorkflowRun {
  // Which fields a run has follows from its status, which the rules of the log see to.
  const run: { [Field in keyof WorkflowRun]?: unknown } = {
    runId,
    status: state.status,
    deploymentId: text(state.deploymentId),
    workflowName: text(state.workflowName),
    createdAt: time(state.createdAt) ?? new Date(0),
    updatedAt: time(state.updatedAt) ?? new Date(0),
    lastKnownEventId: tail.eventId,
  };
  const input = payload(state, 'input', runId, source);
  const output = payload(state, 'output', runId, source);
  const startedAt = time(state.startedAt);
  const completedAt = time(state.completedAt);
  if (typeof state.specVersion === 'number') run.specVersion = state.specVersion;
  if (state.executionContext !== undefined) run.executionContext = decoded(state.executionContext);
  if (input !== undefined) run.input = input;
  if (output !== undefined) run.output = output;
  if (state.error !== undefined) run.error = decoded(state.error);
  if (startedAt !== undefined) run.startedAt = startedAt;
  if (completedAt !== undefined) run.completedAt = completedAt;
  return run as WorkflowRun;
}

export function presentStep({ runId, id, state }: EntityRecord, source: PayloadSource): Step {
  const step: Step = {
    runId,
    stepId: id,
    stepName: text(state.stepName),
    status: state.status as Step['status'],
    attempt: Number(state.attempt ?? 0),
    createdAt: time(state.createdAt) ?? new Date(0),
    updatedAt: time(state.updatedAt) ?? new Date(0),
  };
  const input = payload(state, 'input', runId, source);
  const output = payload(state, 'output', runId, source);
  const startedAt = time(state.startedAt);
  const completedAt = time(state.completedAt);
  const retryAfter = time(state.retryAfter);
  if (input !== undefined) step.input = input;
  if (output !== undefined) step.output = output;
  if (state.error !== undefined) step.error = decoded(state.error) as StructuredError;
  if (startedAt !== undefined) step.startedAt = startedAt;
  if (completedAt !== undefined) step.completedAt = completedAt;
  if (retryAfter !== undefined) step.retryAfter = retryAfter;
  if (typeof state.specVersion === 'number') step.specVersion = state.specVersion;
  return step;
}

/** Stock clients want strings here; a self-hosted world has one owner, project and environment. */
const SELF_HOSTED = {
  ownerId: 'self-hosted',
  projectId: 'self-hosted',
  environment: 'self-hosted',
} as const;

export function presentHook({ runId, id, state }: EntityRecord, source: PayloadSource): Hook {
  const hook: Hook = {
    runId,
    hookId: id,
    token: text(state.token),
    ...SELF_HOSTED,
    createdAt: time(state.createdAt) ?? new Date(0),
  };
  const metadata = payload(state, 'metadata', runId, source);
  if (metadata !== undefined) hook.metadata = metadata;
  if (typeof state.specVersion === 'number') hook.specVersion = state.specVersion;
  if (typeof state.isWebhook === 'boolean') hook.isWebhook = state.isWebhook;
  return hook;
}

export function presentWait({ runId, id, state }: EntityRecord): Wait {
  const wait: Wait = {
    waitId: id,
    runId,
    status: state.status as Wait['status'],
    createdAt: time(state.createdAt) ?? new Date(0),
    updatedAt: time(state.updatedAt) ?? new Date(0),
  };
  const resumeAt = time(state.resumeAt);
  const completedAt = time(state.completedAt);
  if (resumeAt !== undefined) wait.resumeAt = resumeAt;
  if (completedAt !== undefined) wait.completedAt = completedAt;
  if (typeof state.specVersion === 'number') wait.specVersion = state.specVersion;
  return wait;
}

export function isHidden({ kind, state }: EntityRecord): boolean {
  return HIDDEN_STATUSES[kind].includes(state.status);
}

export function presentEvent(record: EventRecord, resolveData: ResolveData): Event {
  const data = eventDataOf(record);
  if (resolveData === 'none' && data !== undefined) {
    for (const field of TRANSITIONS[record.eventType].payloadFields) delete data[field];
  }
  const empty = resolveData === 'none' && Object.keys(data ?? {}).length === 0;
  const event: Draft<ParsedEvent> = {
    eventType: record.eventType,
    runId: record.runId,
    eventId: record.eventId,
    seq: record.seq,
    createdAt: new Date(record.createdAt),
  };
  const occurredAt = time(record.occurredAt);
  if (record.correlationId !== undefined) event.correlationId = record.correlationId;
  if (record.specVersion !== undefined) event.specVersion = record.specVersion;
  if (data !== undefined && !empty) event.eventData = data;
  if (occurredAt !== undefined) event.occurredAt = occurredAt;
  return event as Event;
}

/** An event of a store in the form that the fold and imports take. */
export function parseEventRecord(record: EventRecord): ParsedEvent {
  return presentEvent(record, 'all') as ParsedEvent;
}
