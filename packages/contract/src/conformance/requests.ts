import type { CreateEventRequest, EventRequest, EventType, RunCreatedRequest } from '../events.js';

/** Well-formed requests, one maker per event type that callers may write. */

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

export const DEFAULT_INPUT: Uint8Array = bytes(100, 101, 118, 108, 0, 255);
const SPEC_VERSION = 3;
/** Far enough ahead that no test outlives it. */
const LATER_MS = 3_600_000;

type Of<T extends EventType> = Extract<CreateEventRequest, { eventType: T }>;

export const request = {
  runCreated: (eventData: Partial<RunCreatedRequest['eventData']> = {}): RunCreatedRequest => ({
    eventType: 'run_created',
    specVersion: SPEC_VERSION,
    eventData: {
      deploymentId: 'deployment',
      workflowName: 'workflow//./flows//main',
      input: DEFAULT_INPUT,
      ...eventData,
    },
  }),
  runStarted: (): Of<'run_started'> => ({ eventType: 'run_started', specVersion: SPEC_VERSION }),
  /** The start that also carries what creates the run. */
  runStartedWithInput: (): Of<'run_started'> => ({
    eventType: 'run_started',
    specVersion: SPEC_VERSION,
    eventData: { ...request.runCreated().eventData },
  }),
  runCompleted: (output: unknown = bytes(1)): Of<'run_completed'> => ({
    eventType: 'run_completed',
    specVersion: SPEC_VERSION,
    eventData: { output },
  }),
  runFailed: (): Of<'run_failed'> => ({
    eventType: 'run_failed',
    specVersion: SPEC_VERSION,
    eventData: { error: { message: 'it broke', stack: 'at x' }, errorCode: 'USER_ERROR' },
  }),
  runCancelled: (): Of<'run_cancelled'> => ({
    eventType: 'run_cancelled',
    specVersion: SPEC_VERSION,
  }),
  stepCreated: (
    correlationId: string,
    input: unknown = DEFAULT_INPUT,
    stepName: string = 'step//./flows//work',
  ): Of<'step_created'> => ({
    eventType: 'step_created',
    correlationId,
    specVersion: SPEC_VERSION,
    eventData: { stepName, input },
  }),
  stepStarted: (correlationId: string): Of<'step_started'> => ({
    eventType: 'step_started',
    correlationId,
    specVersion: SPEC_VERSION,
  }),
  stepCompleted: (correlationId: string, result: unknown = bytes(2)): Of<'step_completed'> => ({
    eventType: 'step_completed',
    correlationId,
    specVersion: SPEC_VERSION,
    eventData: { result },
  }),
  stepFailed: (correlationId: string): Of<'step_failed'> => ({
    eventType: 'step_failed',
    correlationId,
    specVersion: SPEC_VERSION,
    eventData: { error: 'no way', stack: 'at y' },
  }),
  stepRetrying: (correlationId: string, retryAfter?: Date): Of<'step_retrying'> => ({
    eventType: 'step_retrying',
    correlationId,
    specVersion: SPEC_VERSION,
    eventData: { error: 'not yet', ...(retryAfter && { retryAfter }) },
  }),
  hookCreated: (correlationId: string, token: string): Of<'hook_created'> => ({
    eventType: 'hook_created',
    correlationId,
    specVersion: SPEC_VERSION,
    eventData: { token, isWebhook: false, metadata: bytes(7) },
  }),
  hookReceived: (correlationId: string, payload: unknown = bytes(3)): Of<'hook_received'> => ({
    eventType: 'hook_received',
    correlationId,
    specVersion: SPEC_VERSION,
    eventData: { payload },
  }),
  hookDisposed: (correlationId: string): Of<'hook_disposed'> => ({
    eventType: 'hook_disposed',
    correlationId,
    specVersion: SPEC_VERSION,
  }),
  waitCreated: (
    correlationId: string,
    resumeAt: Date = new Date(Date.now() + LATER_MS),
  ): Of<'wait_created'> => ({
    eventType: 'wait_created',
    correlationId,
    specVersion: SPEC_VERSION,
    eventData: { resumeAt },
  }),
  waitCompleted: (correlationId: string): Of<'wait_completed'> => ({
    eventType: 'wait_completed',
    correlationId,
    specVersion: SPEC_VERSION,
  }),
};

/** Requests of waits named `prefix-0`, `prefix-1`, …: the plainest events there are. */
export const waits = (count: number, prefix = 'wait'): Of<'wait_created'>[] =>
  Array.from({ length: count }, (_, i) => request.waitCreated(`${prefix}-${i}`));

export type RequestMaker = (id: string, token: string) => EventRequest;

/** Every form of request that a caller may append, by event type; `id` and `token` are used by those that name an entity. */
export const requestsOf: Readonly<
  Record<Exclude<EventType, 'hook_conflict'>, readonly RequestMaker[]>
> = {
  run_created: [() => request.runCreated()],
  run_started: [() => request.runStarted(), () => request.runStartedWithInput()],
  run_completed: [() => request.runCompleted()],
  run_failed: [() => request.runFailed()],
  run_cancelled: [() => request.runCancelled()],
  step_created: [(id) => request.stepCreated(id)],
  step_started: [(id) => request.stepStarted(id)],
  step_completed: [(id) => request.stepCompleted(id)],
  step_failed: [(id) => request.stepFailed(id)],
  step_retrying: [
    (id) => request.stepRetrying(id),
    (id) => request.stepRetrying(id, new Date(Date.now() + LATER_MS)),
  ],
  hook_created: [(id, token) => request.hookCreated(id, token)],
  hook_received: [(id) => request.hookReceived(id)],
  hook_disposed: [(id) => request.hookDisposed(id)],
  wait_created: [(id) => request.waitCreated(id)],
  wait_completed: [(id) => request.waitCompleted(id)],
};
