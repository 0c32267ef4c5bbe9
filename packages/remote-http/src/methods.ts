import type { World } from '@world/contract';

/** The calls of a World that travel: one row each, from which both sides are made. */

/** What a call does to the data; `append` may be sent again under its idempotency key, `change` by itself. */
export type Effect = 'read' | 'append' | 'change';

/** One call. */
export interface Method {
  readonly effect: Effect;
  /** Names of its arguments, in order; a body is an object of them. */
  readonly args: readonly string[];
  /** The call itself, on a world. */
  readonly of: (world: World) => (...args: never[]) => Promise<unknown>;
}

const method = (effect: Effect, args: readonly string[], of: Method['of']): Method => ({
  effect,
  args,
  of,
});

/** The name of a call. */
export type MethodName =
  | 'events.create'
  | 'events.createBatch'
  | 'events.import'
  | 'events.get'
  | 'events.list'
  | 'events.listByCorrelationId'
  | 'runs.get'
  | 'runs.list'
  | 'steps.get'
  | 'steps.list'
  | 'hooks.get'
  | 'hooks.getByToken'
  | 'hooks.list'
  | 'waits.get'
  | 'waits.list'
  | 'prune'
  | 'deleteNamespace';

/** By the last part of their route. `events.follow` is a stream, and stands by itself. */
export const METHODS: Readonly<Record<MethodName, Method>> = {
  'events.create': method('append', ['runId', 'event', 'params'], (w) => w.events.create),
  'events.createBatch': method(
    'append',
    ['runId', 'events', 'params'],
    (w) => w.events.createBatch,
  ),
  'events.import': method('change', ['runId', 'events'], (w) => w.events.import),
  'events.get': method('read', ['runId', 'eventId', 'params'], (w) => w.events.get),
  'events.list': method('read', ['params'], (w) => w.events.list),
  'events.listByCorrelationId': method('read', ['params'], (w) => w.events.listByCorrelationId),
  'runs.get': method('read', ['runId', 'params'], (w) => w.runs.get),
  'runs.list': method('read', ['params'], (w) => w.runs.list),
  'steps.get': method('read', ['runId', 'stepId', 'params'], (w) => w.steps.get),
  'steps.list': method('read', ['params'], (w) => w.steps.list),
  'hooks.get': method('read', ['hookId', 'params'], (w) => w.hooks.get),
  'hooks.getByToken': method('read', ['token', 'params'], (w) => w.hooks.getByToken),
  'hooks.list': method('read', ['params'], (w) => w.hooks.list),
  'waits.get': method('read', ['runId', 'waitId'], (w) => w.waits.get),
  'waits.list': method('read', ['params'], (w) => w.waits.list),
  prune: method('change', ['params'], (w) => w.prune),
  deleteNamespace: method('change', [], (w) => w.deleteNamespace),
};

export const isMethodName = (name: string): name is MethodName => Object.hasOwn(METHODS, name);

/** The route of a call, behind the base of the server. */
export const routeOf = (name: string): string => `/v1/${name}`;

/** The stream of a run's events. */
export const FOLLOW = 'events.follow';
