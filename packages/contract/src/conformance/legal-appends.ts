import type { EventRequest, EventType } from '../events.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { createdRun, startedRun, uniqueId } from './given.js';
import { request } from './requests.js';

/** One append that the table allows, with the state that it needs: one case per event type that callers may write. */
export interface LegalAppend {
  readonly eventType: EventType;
  /** Makes a run in which the request is legal; `payload` goes into it where the type has one. */
  prepare(world: World, payload: unknown): Promise<{ runId: string; request: EventRequest }>;
}

const onStartedRun =
  (eventType: EventType, build: (id: string, payload: unknown) => EventRequest[]) =>
  (): LegalAppend => ({
    eventType,
    async prepare(world, payload) {
      const { runId } = await startedRun(world);
      const requests = build(uniqueId('entity'), payload);
      const last = requests.at(-1);
      for (const earlier of requests.slice(0, -1)) await world.events.create(runId, earlier);
      if (last === undefined) throw new Error(`no request for ${eventType}`);
      return { runId, request: last };
    },
  });

const r = request;

/** Cases on a run that exists. */
export const legalAppends: readonly LegalAppend[] = [
  {
    eventType: 'run_started',
    async prepare(world) {
      return { runId: (await createdRun(world)).runId, request: r.runStarted() };
    },
  },
  ...[
    onStartedRun('run_completed', (_, payload) => [r.runCompleted(payload)]),
    onStartedRun('run_failed', () => [r.runFailed()]),
    onStartedRun('run_cancelled', () => [r.runCancelled()]),
    onStartedRun('step_created', (id, payload) => [r.stepCreated(id, payload)]),
    onStartedRun('step_started', (id) => [r.stepCreated(id), r.stepStarted(id)]),
    onStartedRun('step_completed', (id, payload) => [
      r.stepCreated(id),
      r.stepStarted(id),
      r.stepCompleted(id, payload),
    ]),
    onStartedRun('step_failed', (id) => [r.stepCreated(id), r.stepStarted(id), r.stepFailed(id)]),
    onStartedRun('step_retrying', (id) => [
      r.stepCreated(id),
      r.stepStarted(id),
      r.stepRetrying(id),
    ]),
    onStartedRun('hook_created', (id) => [r.hookCreated(id, `token of ${id}`)]),
    onStartedRun('hook_received', (id, payload) => [
      r.hookCreated(id, `token of ${id}`),
      r.hookReceived(id, payload),
    ]),
    onStartedRun('hook_disposed', (id) => [
      r.hookCreated(id, `token of ${id}`),
      r.hookDisposed(id),
    ]),
    onStartedRun('wait_created', (id) => [r.waitCreated(id)]),
    onStartedRun('wait_completed', (id) => [r.waitCreated(id), r.waitCompleted(id)]),
  ].map((make) => make()),
];

/** Cases on a run that does not exist yet. */
export const creatingAppends: readonly LegalAppend[] = [
  {
    eventType: 'run_created',
    prepare: async (_, payload) => ({
      runId: createRunId(),
      request: r.runCreated({ input: payload }),
    }),
  },
  {
    eventType: 'run_started',
    prepare: async () => ({ runId: createRunId(), request: r.runStartedWithInput() }),
  },
];
