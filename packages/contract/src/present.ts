import { decodeData } from './codec.js';
import type { Scalar } from './command.js';
import type { ResolveData } from './create-event-params.js';
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

/** `{ [key]: value }`, or nothing at all when the value is undefined. */
const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

/** The data of an event: what the client sent and what the world added. */
export function eventDataOf(event: EventRecord): Record<string, unknown> | undefined {
  if (event.data === undefined && event.conflictingRunId === undefined) return undefined;
  const data = event.data === undefined ? {} : decodeData(event.data);
  return {
    ...(data as Record<string, unknown>),
    ...optional('conflictingRunId', event.conflictingRunId),
  };
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

export function presentRun(record: RunRecord, source: PayloadSource): WorkflowRun {
  const { runId, state, tail } = record;
  const get = (field: 'input' | 'output') => payload(state, field, runId, source);
  const run = {
    runId,
    status: state.status,
    deploymentId: text(state.deploymentId),
    workflowName: text(state.workflowName),
    ...optional('specVersion', state.specVersion),
    ...optional('executionContext', decoded(state.executionContext)),
    ...optional('input', get('input')),
    ...optional('output', get('output')),
    ...optional('error', decoded(state.error) as StructuredError | undefined),
    ...optional('startedAt', time(state.startedAt)),
    ...optional('completedAt', time(state.completedAt)),
    createdAt: time(state.createdAt) ?? new Date(0),
    updatedAt: time(state.updatedAt) ?? new Date(0),
    lastKnownEventId: tail.eventId,
  };
  return run as WorkflowRun;
}

export function presentStep(record: EntityRecord, source: PayloadSource): Step {
  const { runId, id, state } = record;
  const get = (field: 'input' | 'output') => payload(state, field, runId, source);
  return {
    runId,
    stepId: id,
    stepName: text(state.stepName),
    status: state.status as Step['status'],
    ...optional('input', get('input')),
    ...optional('output', get('output')),
    ...optional('error', decoded(state.error) as StructuredError | undefined),
    attempt: Number(state.attempt ?? 0),
    ...optional('startedAt', time(state.startedAt)),
    ...optional('completedAt', time(state.completedAt)),
    createdAt: time(state.createdAt) ?? new Date(0),
    updatedAt: time(state.updatedAt) ?? new Date(0),
    ...optional('retryAfter', time(state.retryAfter)),
    ...optional('specVersion', state.specVersion as number | undefined),
  };
}

/** Stock clients want strings here; a self-hosted world has one owner, project and environment. */
const SELF_HOSTED = {
  ownerId: 'self-hosted',
  projectId: 'self-hosted',
  environment: 'self-hosted',
} as const;

export function presentHook(record: EntityRecord, source: PayloadSource): Hook {
  const { runId, id, state } = record;
  return {
    runId,
    hookId: id,
    token: text(state.token),
    ...SELF_HOSTED,
    ...optional('metadata', payload(state, 'metadata', runId, source)),
    createdAt: time(state.createdAt) ?? new Date(0),
    ...(typeof state.specVersion === 'number' && { specVersion: state.specVersion }),
    ...(typeof state.isWebhook === 'boolean' && { isWebhook: state.isWebhook }),
  };
}

export function presentWait({ runId, id, state }: EntityRecord): Wait {
  return {
    waitId: id,
    runId,
    status: state.status as Wait['status'],
    ...optional('resumeAt', time(state.resumeAt)),
    ...optional('completedAt', time(state.completedAt)),
    createdAt: time(state.createdAt) ?? new Date(0),
    updatedAt: time(state.updatedAt) ?? new Date(0),
    ...optional('specVersion', state.specVersion as number | undefined),
  };
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
  const event = {
    eventType: record.eventType,
    ...optional('correlationId', record.correlationId),
    ...optional('specVersion', record.specVersion),
    ...optional('eventData', empty ? undefined : data),
    runId: record.runId,
    eventId: record.eventId,
    seq: record.seq,
    createdAt: new Date(record.createdAt),
    ...optional('occurredAt', time(record.occurredAt)),
  };
  return event as Event;
}

/** An event of a store in the form that the fold and imports take. */
export function parseEventRecord(record: EventRecord): ParsedEvent {
  return presentEvent(record, 'all') as ParsedEvent;
}
