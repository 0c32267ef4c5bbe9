import type { ErrorCode } from './errors.js';
import type { EventType } from './events.js';

/**
 * The state machine of runs, steps, hooks and waits: one row per event type, data and not code. Everything that
 * decides whether an event may be appended, and what it changes, is read from here: commands, the state matrix of the
 * conformance suite, and the state diagrams in the documentation.
 */

/** What a run has besides its log. */
export type EntityKind = 'step' | 'hook' | 'wait';
/** What an event is about. */
export type Subject = 'run' | EntityKind;

/** One fact about the state before the event. All conditions of a rule must hold for it to apply. */
export interface Condition {
  /** `subject` is the run or entity that the event is about; `token` is the live owner of the hook token. */
  readonly of: 'run' | 'subject' | 'token';
  readonly is: 'absent' | 'present' | 'in' | 'not-in' | 'ahead';
  /** With `in` and `not-in`: statuses. */
  readonly statuses?: readonly string[];
  /** With `ahead`: the time field that lies after the store's clock. */
  readonly field?: string;
}

/** What happens instead of the plain append. `keep` appends nothing and answers with the state as it is. */
export type Otherwise =
  | { readonly refuse: ErrorCode }
  | { readonly keep: true; readonly eventField?: string }
  | { readonly append: EventType };

/** When all conditions hold, the event is not appended; `otherwise` says what happens. */
export interface Rule {
  readonly when: readonly Condition[];
  readonly otherwise: Otherwise;
}

/** What an append does to its subject. */
export interface Effect {
  /** What the subject becomes; absent when the event changes nothing but the log. */
  readonly status?: string;
  /** Entity fields taken from `eventData`, by the same name; unset when it has none. */
  readonly copy?: readonly string[];
  /** Entity fields taken from `eventData` and kept encoded, since they are no scalars. */
  readonly encode?: readonly string[];
  /** Entity field ← `eventData` field; the entity stores the event's `seq`, the payload stands in the log only. */
  readonly payload?: Readonly<Record<string, string>>;
  /** Sets `error` to `{ message, stack, code }` of `eventData`. */
  readonly error?: true;
  /** Fields set to the store's clock, always or only when unset. */
  readonly stamp?: readonly string[];
  readonly stampOnce?: readonly string[];
  /** Fields set to the event's `seq`. */
  readonly mark?: readonly string[];
  readonly increment?: readonly string[];
  readonly initial?: Readonly<Record<string, number>>;
  readonly unset?: readonly string[];
  /** The hook token in `eventData` is claimed, or the hook's token is released. */
  readonly token?: 'claim' | 'release';
  /** The run has ended: its hooks and open waits are closed, its tokens released. */
  readonly endsRun?: true;
}

/** One row of the table: when an event type is appended, and what it changes. */
export interface Transition {
  readonly subject: Subject;
  /** Comes from outside the replay; all others are decisions of an orchestrator (in-band). */
  readonly outOfBand: boolean;
  /** Brings news that a replay depends on: takes a strictly later ms, and moves the `stateUpdatedAt` guard. */
  readonly outcome: boolean;
  /** Only worlds write it. */
  readonly worldOnly: boolean;
  /** What the run must be before anything else is looked at. `created` puts `run_created` first when data is complete. */
  readonly run: 'required' | 'optional' | 'created';
  /** `eventData` is not stored with the event. */
  readonly dropsData: boolean;
  /** `eventData` fields that `resolveData: 'none'` leaves out. */
  readonly payloadFields: readonly string[];
  /** The first rule that applies decides; when none does, the event is appended. */
  readonly rules: readonly Rule[];
  readonly effect: Effect;
}

/** Statuses of runs that have ended. */
export const TERMINAL_RUN_STATUSES = ['completed', 'failed', 'cancelled'] as const;
export const TERMINAL_STEP_STATUSES = ['completed', 'failed', 'cancelled'] as const;

/** Statuses in which a hook or wait no longer shows in the API; the record stays, so that its id stays taken. */
export const HIDDEN_STATUSES: Readonly<Record<EntityKind, readonly string[]>> = {
  step: [],
  hook: ['disposed', 'conflicted', 'released'],
  wait: ['closed'],
};

/** What the end of a run does to the entities that it leaves behind. */
export const ON_RUN_END: readonly { kind: EntityKind; from: string; to: string }[] = [
  { kind: 'hook', from: 'live', to: 'released' },
  { kind: 'wait', from: 'waiting', to: 'closed' },
];

const runEnded: Condition = { of: 'run', is: 'in', statuses: TERMINAL_RUN_STATUSES };
const subjectAbsent: Condition = { of: 'subject', is: 'absent' };
const subjectPresent: Condition = { of: 'subject', is: 'present' };
const subjectIn = (...statuses: string[]): Condition => ({ of: 'subject', is: 'in', statuses });
const subjectNotIn = (...statuses: string[]): Condition => ({
  of: 'subject',
  is: 'not-in',
  statuses,
});
const refuse = (code: ErrorCode, ...when: Condition[]): Rule => ({
  when,
  otherwise: { refuse: code },
});

const inBand = {
  outOfBand: false,
  outcome: false,
  worldOnly: false,
  run: 'required',
  dropsData: false,
} as const;
const outOfBand = { ...inBand, outOfBand: true } as const;

const touched = ['updatedAt'] as const;
const born = ['createdAt', 'updatedAt'] as const;

const endsRun = (status: string): Effect => ({
  status,
  stamp: ['completedAt', 'updatedAt'],
  mark: ['endSeq'],
  endsRun: true,
});

const openStep: readonly Rule[] = [
  refuse('STEP_NOT_FOUND', subjectAbsent),
  refuse('STEP_TERMINAL', subjectIn(...TERMINAL_STEP_STATUSES)),
  refuse('RUN_EXPIRED', runEnded, subjectNotIn('running')),
];

const liveHook: readonly Rule[] = [
  refuse('HOOK_NOT_FOUND', subjectAbsent),
  refuse('HOOK_NOT_FOUND', subjectNotIn('live')),
  refuse('HOOK_NOT_FOUND', runEnded),
];

/** The table. */
export const TRANSITIONS: Readonly<Record<EventType, Transition>> = {
  run_created: {
    ...inBand,
    subject: 'run',
    run: 'optional',
    payloadFields: ['input'],
    rules: [refuse('RUN_EXISTS', subjectPresent)],
    effect: {
      status: 'pending',
      copy: ['deploymentId', 'workflowName'],
      encode: ['executionContext'],
      payload: { input: 'input' },
      stamp: born,
    },
  },
  run_started: {
    ...inBand,
    subject: 'run',
    run: 'created',
    dropsData: true,
    payloadFields: [],
    rules: [
      { when: [subjectIn('running')], otherwise: { keep: true } },
      refuse('RUN_EXPIRED', subjectIn(...TERMINAL_RUN_STATUSES)),
    ],
    effect: { status: 'running', stampOnce: ['startedAt'], stamp: touched },
  },
  run_completed: {
    ...inBand,
    subject: 'run',
    payloadFields: ['output'],
    rules: [refuse('RUN_TERMINAL', subjectIn(...TERMINAL_RUN_STATUSES))],
    effect: { ...endsRun('completed'), payload: { output: 'output' } },
  },
  run_failed: {
    ...inBand,
    subject: 'run',
    payloadFields: ['error'],
    rules: [refuse('RUN_TERMINAL', subjectIn(...TERMINAL_RUN_STATUSES))],
    effect: { ...endsRun('failed'), error: true },
  },
  run_cancelled: {
    ...outOfBand,
    subject: 'run',
    outcome: true,
    payloadFields: [],
    rules: [
      { when: [subjectIn('cancelled')], otherwise: { keep: true, eventField: 'endSeq' } },
      refuse('RUN_TERMINAL', subjectIn(...TERMINAL_RUN_STATUSES)),
    ],
    effect: endsRun('cancelled'),
  },
  step_created: {
    ...inBand,
    subject: 'step',
    payloadFields: ['input'],
    rules: [refuse('RUN_TERMINAL', runEnded), refuse('STEP_EXISTS', subjectPresent)],
    effect: {
      status: 'pending',
      copy: ['stepName'],
      payload: { input: 'input' },
      initial: { attempt: 0 },
      mark: ['createdSeq'],
      stamp: born,
    },
  },
  step_started: {
    ...outOfBand,
    subject: 'step',
    payloadFields: [],
    rules: [...openStep, refuse('TOO_EARLY', { of: 'subject', is: 'ahead', field: 'retryAfter' })],
    effect: {
      status: 'running',
      increment: ['attempt'],
      stampOnce: ['startedAt'],
      unset: ['retryAfter'],
      stamp: touched,
    },
  },
  step_completed: {
    ...outOfBand,
    subject: 'step',
    outcome: true,
    payloadFields: ['result'],
    rules: openStep,
    effect: {
      status: 'completed',
      payload: { output: 'result' },
      stamp: ['completedAt', 'updatedAt'],
    },
  },
  step_failed: {
    ...outOfBand,
    subject: 'step',
    outcome: true,
    payloadFields: ['error'],
    rules: openStep,
    effect: { status: 'failed', error: true, stamp: ['completedAt', 'updatedAt'] },
  },
  step_retrying: {
    ...outOfBand,
    subject: 'step',
    payloadFields: ['error'],
    rules: openStep,
    effect: { status: 'pending', error: true, copy: ['retryAfter'], stamp: touched },
  },
  hook_created: {
    ...inBand,
    subject: 'hook',
    payloadFields: ['metadata'],
    rules: [
      refuse('RUN_TERMINAL', runEnded),
      refuse('HOOK_EXISTS', subjectPresent),
      { when: [{ of: 'token', is: 'present' }], otherwise: { append: 'hook_conflict' } },
    ],
    effect: {
      status: 'live',
      copy: ['token', 'isWebhook'],
      payload: { metadata: 'metadata' },
      mark: ['createdSeq'],
      stamp: born,
      token: 'claim',
    },
  },
  hook_received: {
    ...outOfBand,
    subject: 'hook',
    outcome: true,
    payloadFields: ['payload'],
    rules: liveHook,
    effect: {},
  },
  hook_disposed: {
    ...inBand,
    subject: 'hook',
    payloadFields: [],
    rules: liveHook,
    effect: { status: 'disposed', stamp: touched, token: 'release' },
  },
  hook_conflict: {
    ...inBand,
    subject: 'hook',
    worldOnly: true,
    payloadFields: [],
    rules: [refuse('RUN_TERMINAL', runEnded), refuse('HOOK_EXISTS', subjectPresent)],
    effect: { status: 'conflicted', copy: ['token'], mark: ['createdSeq'], stamp: born },
  },
  wait_created: {
    ...inBand,
    subject: 'wait',
    payloadFields: [],
    rules: [refuse('RUN_TERMINAL', runEnded), refuse('WAIT_EXISTS', subjectPresent)],
    effect: { status: 'waiting', copy: ['resumeAt'], mark: ['createdSeq'], stamp: born },
  },
  wait_completed: {
    ...inBand,
    subject: 'wait',
    payloadFields: [],
    rules: [
      refuse('WAIT_NOT_FOUND', subjectAbsent),
      refuse('WAIT_COMPLETED', subjectIn('completed')),
      refuse('RUN_TERMINAL', runEnded),
    ],
    effect: { status: 'completed', stamp: ['completedAt', 'updatedAt'] },
  },
};
