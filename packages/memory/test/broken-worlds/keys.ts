import {
  type CreateEventRequest,
  type EventResult,
  invalidArgument,
  type Outcome,
  WorldError,
} from '@world/contract';
import type { BrokenWorld } from './broken-world.js';
import { onAppend, onCreate, onEvents } from './parts.js';

/** Worlds that mistake what an idempotency key stands for. */
export const brokenKeys: readonly BrokenWorld[] = [
  {
    fault: 'idempotency keys are ignored',
    caughtBy: 'FE6-first-outcome',
    breaks: onAppend(({ idempotencyKey: _, ...append }) => append),
  },
  {
    fault: 'a retry leaves out the event of what appended nothing',
    caughtBy: 'FE6-kept',
    breaks: (() => {
      const used = new Set<string | undefined>();
      return onEvents(({ createBatch }) => ({
        async createBatch(runId, events, params) {
          const batch = await createBatch(runId, events, params);
          const again = used.has(params?.idempotencyKey);
          used.add(params?.idempotencyKey);
          if (!again) return batch;
          const results = batch.results.map(({ event, ...result }, i) =>
            event && event.eventId !== batch.results[i - 1]?.event?.eventId
              ? { event, ...result }
              : result,
          );
          return { ...batch, results };
        },
      }));
    })(),
  },
  {
    fault: 'a retry shows the entity as it is now',
    caughtBy: 'FE6-first-outcome',
    breaks: onEvents(({ create }, { steps }) => ({
      create: (async (runId: string, data: CreateEventRequest, params) => {
        const result = await create(runId, data, params);
        const { step } = result;
        return step ? { ...result, step: await steps.get(runId, step.stepId) } : result;
      }) as typeof create,
    })),
  },
  {
    fault: 'a retry returns no event',
    caughtBy: 'FE6-creates-run',
    breaks: (() => {
      const used = new Set<string>();
      return onCreate(async (create, runId, data, params) => {
        const result = await create(runId, data, params);
        const again = used.has(`${runId}/${params?.idempotencyKey}`);
        used.add(`${runId}/${params?.idempotencyKey}`);
        const { event: _, ...rest } = result;
        return again ? rest : result;
      });
    })(),
  },
  {
    fault: 'keys are shared by all runs',
    caughtBy: 'FE6-other-run',
    breaks: (() => {
      const first = new Map<string, EventResult>();
      return onCreate(async (create, runId, data, params) => {
        const key = params?.idempotencyKey;
        if (key === undefined) return create(runId, data, params);
        const result = first.get(key) ?? (await create(runId, data, params));
        first.set(key, result);
        return result;
      });
    })(),
  },
  {
    fault: 'a used key is refused when it comes with another request',
    caughtBy: 'FE6-other-request',
    breaks: (() => {
      const used = new Map<string, string>();
      return onCreate(async (create, runId, data, params) => {
        const key = `${runId}/${params?.idempotencyKey}`;
        const first = used.get(key);
        if (params?.idempotencyKey !== undefined && first !== undefined) {
          if (first !== data.eventType) throw invalidArgument('idempotencyKey', 'was used before');
        }
        used.set(key, data.eventType);
        return create(runId, data, params);
      });
    })(),
  },
  {
    fault: 'an append that appends nothing does not use up its key',
    caughtBy: 'FE6-nothing-appended',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => {
        const { outcome, writes } = decide(view, append, nowMs);
        return writes === undefined || writes.events.length === 0
          ? { outcome }
          : { outcome, writes };
      },
    },
  },
  {
    fault: 'of two events that a key stands for the second is forgotten',
    caughtBy: 'FE6-two-events',
    breaks: {
      store: (store) => ({
        async append(append) {
          const outcome = await store.append(append);
          if (outcome.kind !== 'replayed') return outcome;
          return { ...outcome, lastSeq: outcome.firstSeq };
        },
      }),
    },
  },
  {
    fault: 'a refused append uses up its key',
    caughtBy: 'FE6-refused-leaves-no-key',
    breaks: (() => {
      const refused = new Map<string, unknown>();
      return onCreate(async (create, runId, data, params) => {
        const key = `${runId}/${params?.idempotencyKey}`;
        if (refused.has(key)) throw refused.get(key);
        return create(runId, data, params).catch((error: unknown) => {
          if (params?.idempotencyKey !== undefined) refused.set(key, error);
          throw error;
        });
      });
    })(),
  },
  {
    fault: 'a key is looked up before the commit, and stored after it',
    caughtBy: 'FE6-concurrent',
    breaks: {
      store: (store) => {
        const outcomes = new Map<string, Outcome>();
        return {
          async append({ idempotencyKey, ...append }) {
            const key = `${append.runId}/${idempotencyKey}`;
            const known = idempotencyKey === undefined ? undefined : outcomes.get(key);
            if (known !== undefined) return known;
            await Promise.resolve();
            const outcome = await store.append(append);
            if (outcome.kind === 'committed') outcomes.set(key, outcome);
            return outcome;
          },
        };
      },
    },
  },
  {
    fault: 'the key of a batch covers its first event only',
    caughtBy: 'FE6-batch',
    breaks: onEvents(({ createBatch }) => ({
      async createBatch(runId, events, params) {
        const { idempotencyKey: _, ...others } = params ?? {};
        const [first, ...rest] = events;
        if (first === undefined || rest.length === 0) return createBatch(runId, events, params);
        const head = await createBatch(runId, [first], params);
        const tail = await createBatch(runId, rest, others);
        return { ...tail, results: [...head.results, ...tail.results] };
      },
    })),
  },
  {
    fault: 'a retry forgets the events that the write was pushed past',
    caughtBy: 'FE6-passed',
    breaks: (() => {
      const used = new Set<string>();
      return onCreate(async (create, runId, data, params) => {
        const key = `${runId}/${params?.idempotencyKey}`;
        const { passed, ...result } = await create(runId, data, params);
        if (used.has(key) || passed === undefined) return result;
        used.add(key);
        return { ...result, passed };
      });
    })(),
  },
  {
    fault: 'the fence is checked before the key',
    caughtBy: 'F8-key-before-fence',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => {
        const { idempotencyKey: _, ...unkeyed } = append;
        const evaluation = decide(view, unkeyed, nowMs);
        const { outcome } = evaluation;
        const conflict = outcome.kind === 'refused' && outcome.code === 'FENCE_CONFLICT';
        return conflict ? evaluation : decide(view, append, nowMs);
      },
    },
  },
  {
    fault: 'the guard is checked before the key',
    caughtBy: 'F8-key-before-fence',
    breaks: onCreate(async (create, runId, data, params) => {
      const { idempotencyKey: _, ...unkeyed } = params ?? {};
      if (params?.stateUpdatedAt === undefined) return create(runId, data, params);
      return create(runId, data, unkeyed).catch((error: unknown) => {
        if (WorldError.is(error, 'PRECONDITION_FAILED')) throw error;
        return create(runId, data, params);
      });
    }),
  },
];
