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
  | 'queue'
  | 'messages.enqueue'
  | 'messages.claim'
  | 'messages.extend'
  | 'messages.settle'
  | 'messages.list'
  | 'messages.redrive'
  | 'messages.secret'
  | 'chunks.write'
  | 'chunks.read'
  | 'chunks.state'
  | 'chunks.namesOf'
  | 'prune'
  | 'deleteNamespace';

/** By the last part of their route. `events.follow`, `events.poll` and `watch` stand by themselves. */
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
  queue: method('change', ['queueName', 'message', 'opts'], (w) => w.queue),
  'messages.enqueue': method('change', ['message'], (w) => w.messages.enqueue),
  'messages.claim': method('change', ['request'], (w) => w.messages.claim),
  'messages.extend': method('change', ['claims', 'leaseMs'], (w) => w.messages.extend),
  'messages.settle': method('change', ['claim', 'settlement'], (w) => w.messages.settle),
  'messages.list': method('read', ['params'], (w) => w.messages.list),
  'messages.redrive': method('change', ['messageId'], (w) => w.messages.redrive),
  // Who has it can wake runs: no secret for those that only read.
  'messages.secret': method('change', [], (w) => w.messages.secret),
  'chunks.write': method('change', ['write'], (w) => w.chunks.write),
  'chunks.read': method('read', ['range'], (w) => w.chunks.read),
  'chunks.state': method('read', ['name'], (w) => w.chunks.state),
  'chunks.namesOf': method('read', ['runId'], (w) => w.chunks.namesOf),
  prune: method('change', ['params'], (w) => w.prune),
  deleteNamespace: method('change', [], (w) => w.deleteNamespace),
};

export const isMethodName = (name: string): name is MethodName => Object.hasOwn(METHODS, name);

/** The route of a call, behind the base of the server. */
export const routeOf = (name: string): string => `/v1/${name}`;

/** The stream of a run's events. */
export const FOLLOW = 'events.follow';

/** The next page of a run's events, once there is one. */
export const POLL = 'events.poll';

/** Tells when messages, or the chunks of a stream, may have changed. */
export const WATCH = 'watch';

/** Routes whose answers go on, or are held back. */
export type LiveName = typeof FOLLOW | typeof POLL | typeof WATCH;

const LIVE: Readonly<Record<LiveName, true>> = { [FOLLOW]: true, [POLL]: true, [WATCH]: true };

/** Whether a name is that of a route. */
export const isRouteName = (name: string): boolean =>
  Object.hasOwn(LIVE, name) || isMethodName(name);
