import type { CreateEventRequest } from '@world/contract';

/** Takes the events of runs: a world by its contract, a raw store by the least that a log needs. */
export interface Log {
  /** Begins a run; resolves to its id. */
  openRun(): Promise<string>;
  /** Appends events at once; on a fence if there is one. Resolves to the id of the last. */
  append(runId: string, events: readonly CreateEventRequest[], fence?: string): Promise<string>;
  close(): Promise<void>;
}

/** A log, not opened yet. */
export interface LogKind {
  readonly name: string;
  open(): Promise<Log>;
}

/** Bytes of each payload. */
export const PAYLOAD_BYTES = 200;
/** What raw stores store of an event. */
export const RAW_EVENT: Buffer = Buffer.alloc(PAYLOAD_BYTES, 'x');

const TEXT = 'x'.repeat(PAYLOAD_BYTES);

/** The life of a step. */
export const stepEvents = (stepId: string): readonly CreateEventRequest[] => [
  {
    eventType: 'step_created',
    correlationId: stepId,
    eventData: { stepName: 'work', input: TEXT },
  },
  { eventType: 'step_started', correlationId: stepId },
  { eventType: 'step_completed', correlationId: stepId, eventData: { result: TEXT } },
];
