import type { EventRecord, Outcome, Store } from '@world/contract';
import { alterWrites, withoutRefusal } from './alter.js';
import type { BrokenWorld } from './broken-world.js';
import { onAppend, onCreate } from './parts.js';

/** Worlds that only random sequences, real runs or concurrent histories tell from a sound one. */
export const brokenBehaviours: readonly BrokenWorld[] = [
  {
    fault: 'a step may be started before its retry is due',
    caughtBy: 'L4-reference-model',
    breaks: withoutRefusal('step_started', 'TOO_EARLY'),
  },
  {
    fault: 'a completed wait may be completed again',
    caughtBy: 'L4-reference-model',
    breaks: withoutRefusal('wait_completed', 'WAIT_COMPLETED'),
  },
  {
    fault: 'a second cancel appends a second event',
    caughtBy: 'L4-reference-model',
    breaks: onAppend((append) => ({
      ...append,
      commands: append.commands.map((command) =>
        command.eventType === 'run_cancelled'
          ? { ...command, rules: command.rules.filter(({ otherwise }) => 'refuse' in otherwise) }
          : command,
      ),
    })),
  },
  {
    fault: 'an in-band fence counts every event',
    caughtBy: 'L4-reference-model',
    breaks: onAppend((append) =>
      append.fence ? { ...append, fence: { ...append.fence, scope: 'tail' } } : append,
    ),
  },
  {
    fault: 'an event of a disposed hook is accepted',
    caughtBy: 'L4-reference-model',
    breaks: onAppend((append) => ({
      ...append,
      commands: append.commands.map((command) =>
        command.eventType === 'hook_received'
          ? { ...command, rules: command.rules.slice(0, 1) }
          : command,
      ),
    })),
  },
  {
    fault: 'a read may be older than what was acknowledged',
    caughtBy: 'L1-linearizable',
    breaks: {
      store: (store) => {
        let before: readonly EventRecord[] = [];
        let reads = 0;
        return {
          async readEvents(range) {
            reads += 1;
            if (reads % 2 === 0 && before.length > 0 && range.afterSeq === undefined) return before;
            before = await store.readEvents(range);
            return before;
          },
        };
      },
    },
  },
  {
    fault: 'a fence on the tail is refused now and then',
    caughtBy: 'L1-linearizable',
    breaks: {
      store: (store: Store) => {
        let fenced = 0;
        return {
          async append(append): Promise<Outcome> {
            if (append.fence !== undefined) fenced += 1;
            if (append.fence === undefined || fenced % 7 !== 0) return store.append(append);
            const run = await store.readRun(append.runId);
            const missed = { events: [], hasMore: false };
            return {
              kind: 'refused',
              code: 'FENCE_CONFLICT',
              index: 0,
              nowMs: Date.now(),
              ...(run && { run }),
              conflict: { lastKnownEventId: run?.tail.eventId ?? null, missed },
            };
          },
        };
      },
    },
  },
  {
    fault: 'an append that lost its fence is written all the same',
    caughtBy: 'L1-linearizable',
    breaks: onCreate((create, runId, data, params) => {
      const { lastKnownEventId: _, ...unfenced } = params ?? {};
      return create(runId, data, params).catch(() => create(runId, data, unfenced));
    }),
  },
  {
    fault: 'an event is written without its entity',
    caughtBy: 'L4-fold-of-log',
    breaks: alterWrites((writes) =>
      writes.events.at(-1)?.eventType === 'step_completed' ? { ...writes, entities: [] } : writes,
    ),
  },
  {
    fault: 'a hook_conflict does not name the owner of the token',
    caughtBy: 'P-recorded-merged',
    breaks: {
      store: (store) => ({
        async readEvents(range) {
          const events = await store.readEvents(range);
          return events.map(({ conflictingRunId: _, ...event }) => event);
        },
      }),
    },
  },
  {
    fault: 'the execution context of a run is lost',
    caughtBy: 'P-recorded-single',
    breaks: {
      store: (store) => ({
        async readRun(runId) {
          const run = await store.readRun(runId);
          if (run === undefined) return run;
          const { executionContext: _, ...state } = run.state;
          return { ...run, state: { ...state, status: run.state.status } };
        },
      }),
    },
  },
];
