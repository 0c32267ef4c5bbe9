import type { RunStatus } from '../entities.js';
import type { CreateEventRequest, EventRequest } from '../events.js';
import { createRunId } from '../run-id.js';
import {
  type EntityKind,
  ON_RUN_END,
  type Subject,
  TERMINAL_RUN_STATUSES,
} from '../transitions.js';
import type { World } from '../world.js';
import { startedRun, uniqueId } from './given.js';
import { request } from './requests.js';

/** Every state that a run and one entity of it can be in, and how to get there through the API. */

export interface PriorState {
  readonly name: string;
  /** Undefined when the run is absent. */
  readonly run: RunStatus | undefined;
  /** The run or entity that an event is about; undefined when it is absent. */
  readonly subject: SubjectState | undefined;
  /** The token that the next `hook_created` names is claimed by another live hook. */
  readonly tokenHeld: boolean;
  /** Brings other runs into their states, and says what brings a fresh run into this one. */
  readonly prepare: (world: World) => Promise<Prepared>;
}

export interface SubjectState {
  readonly status: string;
  /** Time fields that lie ahead. */
  readonly ahead: readonly string[];
}

/** A fresh run in a prior state; `token` is the one that the next `hook_created` names. */
export interface Reached {
  readonly runId: string;
  readonly id: string;
  readonly token: string;
}

export interface Prepared extends Reached {
  readonly requests: readonly EventRequest[];
}

/** Brings a fresh run into a prior state. */
export async function reach(world: World, prior: PriorState): Promise<Reached> {
  const { requests, ...at } = await prior.prepare(world);
  for (const one of requests) await world.events.create(at.runId, one);
  return at;
}

interface Recipe {
  readonly name: string;
  /** While the run is open; absent when the entity is. */
  readonly status?: string;
  readonly ahead?: readonly string[];
  readonly requests: (id: string, token: string) => readonly CreateEventRequest[];
  /** Another run holds the token that the requests name. */
  readonly contended?: true;
}

const HOUR_MS = 3_600_000;
const absent: Recipe = { name: 'absent', requests: () => [] };
const { stepCreated, stepStarted, stepCompleted, stepFailed, stepRetrying } = request;
const { hookCreated, hookDisposed, waitCreated, waitCompleted } = request;

const RECIPES: Readonly<Record<EntityKind, readonly Recipe[]>> = {
  step: [
    absent,
    { name: 'pending', status: 'pending', requests: (id) => [stepCreated(id)] },
    { name: 'running', status: 'running', requests: (id) => [stepCreated(id), stepStarted(id)] },
    {
      name: 'completed',
      status: 'completed',
      requests: (id) => [stepCreated(id), stepStarted(id), stepCompleted(id)],
    },
    {
      name: 'failed',
      status: 'failed',
      requests: (id) => [stepCreated(id), stepStarted(id), stepFailed(id)],
    },
    {
      name: 'waiting for its retry',
      status: 'pending',
      ahead: ['retryAfter'],
      requests: (id) => [
        stepCreated(id),
        stepStarted(id),
        stepRetrying(id, new Date(Date.now() + HOUR_MS)),
      ],
    },
    {
      name: 'due for its retry',
      status: 'pending',
      requests: (id) => [
        stepCreated(id),
        stepStarted(id),
        stepRetrying(id, new Date(Date.now() - HOUR_MS)),
      ],
    },
  ],
  hook: [
    absent,
    { name: 'live', status: 'live', requests: (id, token) => [hookCreated(id, token)] },
    {
      name: 'disposed',
      status: 'disposed',
      requests: (id, token) => [hookCreated(id, token), hookDisposed(id)],
    },
    {
      name: 'conflicted',
      status: 'conflicted',
      requests: (id, token) => [hookCreated(id, token)],
      contended: true,
    },
  ],
  wait: [
    absent,
    { name: 'waiting', status: 'waiting', requests: (id) => [waitCreated(id)] },
    {
      name: 'completed',
      status: 'completed',
      requests: (id) => [waitCreated(id), waitCompleted(id)],
    },
  ],
};

const RUN_STATES = [undefined, 'pending', 'running', ...TERMINAL_RUN_STATUSES] as const;

const ENDS: Readonly<Record<string, () => CreateEventRequest>> = {
  completed: request.runCompleted,
  failed: request.runFailed,
  cancelled: request.runCancelled,
};

/** Every prior state for events about a subject; with `claims`, by who holds the token that they name. */
export function priorStates(subject: Subject, claims: boolean): readonly PriorState[] {
  const recipes = subject === 'run' ? [absent] : RECIPES[subject];
  return RUN_STATES.flatMap((run) =>
    (run === undefined ? [absent] : recipes).flatMap((recipe) =>
      holdersOf(run, claims).map((holder) => stateOf(subject, run, recipe, holder)),
    ),
  );
}

type Holder = 'nobody' | 'another run' | 'this run';

function holdersOf(run: RunStatus | undefined, claims: boolean): readonly Holder[] {
  if (!claims) return ['nobody'];
  const open = run === 'pending' || run === 'running';
  return open ? ['nobody', 'another run', 'this run'] : ['nobody', 'another run'];
}

function stateOf(
  subject: Subject,
  run: RunStatus | undefined,
  recipe: Recipe,
  holder: Holder,
): PriorState {
  const names = [
    `run ${run ?? 'absent'}`,
    ...(subject === 'run' ? [] : [`${subject} ${recipe.name}`]),
    ...(holder === 'nobody' ? [] : [`token held by ${holder}`]),
  ];
  return {
    name: names.join(', '),
    run,
    subject: subjectState(subject, run, recipe),
    tokenHeld: holder !== 'nobody',
    prepare: (world) => prepare(world, run, recipe, holder),
  };
}

function subjectState(
  subject: Subject,
  run: RunStatus | undefined,
  { status, ahead = [] }: Recipe,
): SubjectState | undefined {
  if (subject === 'run') return run && { status: run, ahead: [] };
  if (status === undefined) return undefined;
  const closed = ON_RUN_END.find(({ kind, from }) => kind === subject && from === status);
  const ended = run !== undefined && run in ENDS;
  return { status: ended ? (closed?.to ?? status) : status, ahead };
}

async function prepare(
  world: World,
  run: RunStatus | undefined,
  recipe: Recipe,
  holder: Holder,
): Promise<Prepared> {
  const at = { runId: createRunId(), id: uniqueId('subject'), token: uniqueId('token') };
  const ownToken = uniqueId('token');
  const contended = [
    ...(recipe.contended ? [ownToken] : []),
    ...(holder === 'another run' ? [at.token] : []),
  ];
  for (const token of contended) {
    const { runId } = await startedRun(world);
    await world.events.create(runId, hookCreated(uniqueId('hook'), token));
  }
  if (run === undefined) return { ...at, requests: [] };
  const end = ENDS[run];
  const requests = [
    request.runCreated(),
    ...(run === 'pending' ? [] : [request.runStarted()]),
    ...recipe.requests(at.id, ownToken),
    ...(holder === 'this run' ? [hookCreated(uniqueId('hook'), at.token)] : []),
    ...(end === undefined ? [] : [end()]),
  ];
  return { ...at, requests };
}
