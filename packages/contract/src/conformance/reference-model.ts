import type { ErrorCode } from '../errors.js';
import { eventIdTime } from '../event-id.js';
import type { EventRequest, EventType } from '../events.js';

/**
 * A second reading of the rules, for comparison: plain maps and one function per event type. It shares no code with the
 * table and its evaluator, and knows ids only from the log of the world that it is compared with.
 */

interface ModelEvent {
  readonly type: EventType;
  readonly about: string | undefined;
  /** Unknown until the world has told it. */
  id?: string;
}

interface ModelStep {
  status: 'pending' | 'running' | 'completed' | 'failed';
  attempt: number;
  /** May not be started: its retry lies ahead. */
  blocked: boolean;
}

interface ModelHook {
  status: 'live' | 'gone';
  readonly token: string;
}

export interface ModelRun {
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  readonly log: ModelEvent[];
  readonly steps: Map<string, ModelStep>;
  readonly hooks: Map<string, ModelHook>;
  readonly waits: Map<string, 'waiting' | 'completed' | 'closed'>;
  readonly keys: Set<string>;
}

interface State {
  readonly runs: Map<string, ModelRun>;
  /** Token to `run id/hook id`. */
  readonly tokens: Map<string, { readonly runId: string; readonly hookId: string }>;
}

export interface ModelParams {
  readonly lastKnownEventId?: string;
  readonly asOfTimestamp?: number;
  readonly inBand?: boolean;
  readonly stateUpdatedAt?: number;
  readonly key?: string;
}

/** What a world must do: the code it refuses with, the replay of a key, or the type of event that each request gets. */
export type ModelOutcome =
  | { readonly refused: ErrorCode }
  | { readonly replayed: true }
  | { readonly results: readonly (EventType | undefined)[] };

class Refusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

const refuseIf = (condition: boolean, code: ErrorCode): void => {
  if (condition) throw new Refusal(code);
};

const DECISIONS: readonly EventType[] = [
  'run_created',
  'run_started',
  'run_completed',
  'run_failed',
  'step_created',
  'hook_created',
  'hook_disposed',
  'hook_conflict',
  'wait_created',
  'wait_completed',
];

const OUTCOMES: readonly EventType[] = [
  'hook_received',
  'step_completed',
  'step_failed',
  'run_cancelled',
];

export const isDecision = ({ type }: ModelEvent): boolean => DECISIONS.includes(type);
const isEnded = ({ status }: ModelRun): boolean => !['pending', 'running'].includes(status);
const timeOf = ({ id }: ModelEvent): number => (id === undefined ? 0 : eventIdTime(id));

export class ReferenceModel {
  #state: State = { runs: new Map(), tokens: new Map() };

  run(runId: string): ModelRun | undefined {
    return this.#state.runs.get(runId);
  }

  owner(token: string): { readonly runId: string; readonly hookId: string } | undefined {
    return this.#state.tokens.get(token);
  }

  /** The ids that the world gave to the events of a run. */
  learn(runId: string, ids: readonly string[]): void {
    for (const [i, event] of (this.run(runId)?.log ?? []).entries()) event.id = ids[i] ?? '';
  }

  append(runId: string, requests: readonly EventRequest[], params: ModelParams): ModelOutcome {
    const before = this.run(runId);
    if (params.key !== undefined && before?.keys.has(params.key)) return { replayed: true };
    const draft = structuredClone(this.#state);
    try {
      refuseIf(before === undefined && !makesRun(requests[0]), 'RUN_NOT_FOUND');
      refuseIf(!fenceHolds(before?.log ?? [], params), 'FENCE_CONFLICT');
      refuseIf(!guardHolds(before?.log ?? [], params), 'PRECONDITION_FAILED');
      const results = requests.map((request) => apply(draft, runId, request));
      const after = draft.runs.get(runId);
      if (params.key !== undefined) after?.keys.add(params.key);
      this.#state = draft;
      return { results };
    } catch (error) {
      if (error instanceof Refusal) return { refused: error.code };
      throw error;
    }
  }
}

const makesRun = (request: EventRequest | undefined): boolean =>
  request?.eventType === 'run_created' ||
  (request?.eventType === 'run_started' && request.eventData?.input !== undefined);

function fenceHolds(log: readonly ModelEvent[], params: ModelParams): boolean {
  const { lastKnownEventId, asOfTimestamp, inBand } = params;
  const newest = inBand ? log.findLast(isDecision) : log.at(-1);
  if (lastKnownEventId !== undefined) {
    const known = log.findIndex(({ id }) => id === lastKnownEventId);
    const newestAt = newest === undefined ? -1 : log.indexOf(newest);
    return known >= 0 && newestAt <= known;
  }
  return asOfTimestamp === undefined || newest === undefined || timeOf(newest) < asOfTimestamp;
}

function guardHolds(log: readonly ModelEvent[], { stateUpdatedAt }: ModelParams): boolean {
  const outcome = log.findLast(({ type }) => OUTCOMES.includes(type));
  return stateUpdatedAt === undefined || outcome === undefined || timeOf(outcome) <= stateUpdatedAt;
}

/** Appends to the draft. Returns the type of event that the request's result shows. */
function apply(state: State, runId: string, request: EventRequest): EventType | undefined {
  const there = state.runs.get(runId);
  const { eventType: type } = request;
  if (there === undefined) {
    refuseIf(!makesRun(request), 'RUN_NOT_FOUND');
    const run = newRun();
    state.runs.set(runId, run);
    run.log.push({ type: 'run_created', about: undefined });
    return type === 'run_created' ? type : applyToRun(state, run, request);
  }
  refuseIf(type === 'run_created', 'RUN_EXISTS');
  const about = request.correlationId;
  if (about === undefined) return applyToRun(state, there, request);
  const written = applyToEntity(state, runId, there, about, request);
  there.log.push({ type: written, about });
  return written;
}

const newRun = (): ModelRun => ({
  status: 'pending',
  log: [],
  steps: new Map(),
  hooks: new Map(),
  waits: new Map(),
  keys: new Set(),
});

const ENDS = {
  run_completed: 'completed',
  run_failed: 'failed',
  run_cancelled: 'cancelled',
} as const;

function applyToRun(
  state: State,
  run: ModelRun,
  { eventType }: EventRequest,
): EventType | undefined {
  if (eventType === 'run_started') {
    if (run.status === 'running') return undefined;
    refuseIf(isEnded(run), 'RUN_EXPIRED');
    run.status = 'running';
  } else {
    if (eventType === 'run_cancelled' && run.status === 'cancelled') return eventType;
    refuseIf(isEnded(run), 'RUN_TERMINAL');
    run.status = ENDS[eventType as keyof typeof ENDS];
    for (const hook of run.hooks.values()) {
      if (hook.status === 'live') state.tokens.delete(hook.token);
      hook.status = 'gone';
    }
    for (const [id, status] of run.waits) if (status === 'waiting') run.waits.set(id, 'closed');
  }
  run.log.push({ type: eventType, about: undefined });
  return eventType;
}

function applyToEntity(
  state: State,
  runId: string,
  run: ModelRun,
  id: string,
  request: EventRequest,
): EventType {
  const { eventType: type } = request;
  if (type.endsWith('_created')) refuseIf(isEnded(run), 'RUN_TERMINAL');
  switch (type) {
    case 'step_created':
      refuseIf(run.steps.has(id), 'STEP_EXISTS');
      run.steps.set(id, { status: 'pending', attempt: 0, blocked: false });
      return type;
    case 'step_started':
    case 'step_completed':
    case 'step_failed':
    case 'step_retrying':
      return applyToStep(run, id, request);
    case 'hook_created': {
      refuseIf(run.hooks.has(id), 'HOOK_EXISTS');
      const { token } = request.eventData;
      const held = state.tokens.has(token);
      run.hooks.set(id, { status: held ? 'gone' : 'live', token });
      if (held) return 'hook_conflict';
      state.tokens.set(token, { runId, hookId: id });
      return type;
    }
    case 'hook_received':
    case 'hook_disposed': {
      const hook = run.hooks.get(id);
      refuseIf(hook?.status !== 'live', 'HOOK_NOT_FOUND');
      if (type === 'hook_disposed' && hook !== undefined) {
        hook.status = 'gone';
        state.tokens.delete(hook.token);
      }
      return type;
    }
    case 'wait_created':
      refuseIf(run.waits.has(id), 'WAIT_EXISTS');
      run.waits.set(id, 'waiting');
      return type;
    case 'wait_completed':
      refuseIf(!run.waits.has(id), 'WAIT_NOT_FOUND');
      refuseIf(run.waits.get(id) === 'completed', 'WAIT_COMPLETED');
      refuseIf(isEnded(run), 'RUN_TERMINAL');
      run.waits.set(id, 'completed');
      return type;
    default:
      throw new Error(`${type} is not about an entity`);
  }
}

function applyToStep(run: ModelRun, id: string, request: EventRequest): EventType {
  const { eventType: type } = request;
  const step = run.steps.get(id);
  if (step === undefined) throw new Refusal('STEP_NOT_FOUND');
  refuseIf(['completed', 'failed'].includes(step.status), 'STEP_TERMINAL');
  refuseIf(isEnded(run) && step.status !== 'running', 'RUN_EXPIRED');
  if (type === 'step_started') {
    refuseIf(step.blocked, 'TOO_EARLY');
    Object.assign(step, { status: 'running', attempt: step.attempt + 1, blocked: false });
  } else if (request.eventType === 'step_retrying') {
    const { retryAfter } = request.eventData;
    step.status = 'pending';
    step.blocked = retryAfter !== undefined && retryAfter.getTime() > Date.now();
  } else {
    step.status = type === 'step_completed' ? 'completed' : 'failed';
  }
  return type;
}
