import { type EventRecord, encodeData, type RunRecord } from '@world/contract';
import {
  alterCommands,
  alterEvaluation,
  alterEvent,
  alterPatch,
  alterRules,
  alterWrites,
  checkBeforeCommit,
  withoutRefusal,
} from './alter.js';
import type { Breakage, BrokenWorld } from './broken-world.js';
import { onCreate } from './parts.js';

/** Runs show while their first event is still on its way. */
function visibleTooEarly(): Breakage {
  const early = new Map<string, RunRecord>();
  return {
    store: (store) => ({
      async append(append) {
        const { runId, commands } = append;
        const creates = commands.some(({ run, first }) => run === 'optional' || first);
        if (!creates) return store.append(append);
        const now = Date.now();
        const state = { status: 'pending', createdAt: now, updatedAt: now };
        const tail = { seq: 0, eventId: '', decisionId: '', outcomeAt: 0 };
        early.set(runId, { runId, tail, state });
        await new Promise((resolve) => setImmediate(resolve));
        return store.append(append).finally(() => early.delete(runId));
      },
      async readRun(runId) {
        return (await store.readRun(runId)) ?? early.get(runId);
      },
      async listRuns(range) {
        return [...early.values(), ...(await store.listRuns(range))];
      },
    }),
  };
}

/** Worlds that let instances trample on one entity. */
const brokenRaces: readonly BrokenWorld[] = [
  {
    fault: 'a step is looked up before the commit, not in it',
    caughtBy: 'EN1-step-created-once',
    breaks: checkBeforeCommit('step_created', 'STEP_EXISTS'),
  },
  {
    fault: 'a wait is looked up before the commit, not in it',
    caughtBy: 'EN1-wait-created-once',
    breaks: checkBeforeCommit('wait_created', 'WAIT_EXISTS'),
  },
  {
    fault: 'a hook is looked up before the commit, not in it',
    caughtBy: 'EN1-hook-created-once',
    breaks: checkBeforeCommit('hook_created', 'HOOK_EXISTS'),
  },
  {
    fault: 'a step may start after it has ended',
    caughtBy: 'EN2-nothing-after-the-terminal-event',
    breaks: withoutRefusal('step_started', 'STEP_TERMINAL'),
  },
  {
    fault: 'a wait is completed twice',
    caughtBy: 'EN3-wait-completed-once',
    breaks: withoutRefusal('wait_completed', 'WAIT_COMPLETED'),
  },
  {
    fault: 'a hook is disposed twice',
    caughtBy: 'EN3-hook-disposed-once',
    breaks: withoutRefusal('hook_disposed', 'HOOK_NOT_FOUND'),
  },
  {
    fault: 'a late cancellation overwrites a completed run',
    caughtBy: 'EN13-one-terminal-event',
    breaks: withoutRefusal('run_cancelled', 'RUN_TERMINAL'),
  },
  {
    fault: 'a repeated run_cancelled does not return the first event',
    caughtBy: 'EN13-cancelled-again',
    breaks: alterRules('run_cancelled', (rules) =>
      rules.map((rule) =>
        'keep' in rule.otherwise ? { ...rule, otherwise: { keep: true } } : rule,
      ),
    ),
  },
];

/** Worlds that break the life of runs. */
const brokenRuns: readonly BrokenWorld[] = [
  {
    fault: 'a run can be read before its first event',
    caughtBy: 'EN5-run-has-its-first-event',
    breaks: visibleTooEarly(),
  },
  {
    fault: 'a duplicate run_created overwrites the run',
    caughtBy: 'EN6-run-created-once',
    breaks: withoutRefusal('run_created', 'RUN_EXISTS'),
  },
  {
    fault: 'a duplicate run_created resolves, without a run',
    caughtBy: 'EN6-run-created-once',
    breaks: {
      store: (store) => ({
        async append(append) {
          const outcome = await store.append(append);
          if (outcome.kind !== 'refused' || outcome.code !== 'RUN_EXISTS') return outcome;
          return { kind: 'committed', results: [], payloads: [] };
        },
      }),
    },
  },
  {
    fault: 'a repeated run_started changes startedAt',
    caughtBy: 'S-run-started-once',
    breaks: alterEvent('run_started', ({ rules, patch }) => ({
      rules: rules.filter(({ otherwise }) => !('keep' in otherwise)),
      ...(patch && { patch: { ...patch, stamp: [...patch.stamp, 'startedAt'] } }),
    })),
  },
  {
    fault: 'run_started does not create the run',
    caughtBy: 'S-run-started-creates',
    breaks: alterCommands(({ first: _, ...command }) => command),
  },
  {
    fault: 'run_started stands before the run_created that it implies',
    caughtBy: 'S-run-started-creates',
    breaks: alterWrites((writes) => {
      const [created, started] = writes.events;
      if (created === undefined || started?.eventType !== 'run_started') return writes;
      const at = ({ seq, eventId }: EventRecord) => ({ seq, eventId });
      const events = [
        { ...started, ...at(created) },
        { ...created, ...at(started) },
      ];
      return { ...writes, events };
    }),
  },
  {
    fault: 'the result of run_created does not tell the run id that the world has made',
    caughtBy: 'S-run-id-made-by-the-world',
    breaks: onCreate(async (create, runId, data, params) => {
      const { run, ...result } = await create(runId, data, params);
      return run === undefined || runId === null ? result : { ...result, run };
    }),
  },
  {
    fault: 'run_started returns no log',
    caughtBy: 'S-run-started-returns-the-log',
    breaks: {
      store: (store) => ({ append: (append) => store.append({ ...append, logLimit: 0 }) }),
    },
  },
  {
    fault: 'run_started says that its page is the whole log',
    caughtBy: 'S-run-started-long-log',
    breaks: alterEvaluation(({ outcome, ...rest }) => ({
      ...rest,
      outcome:
        outcome.kind === 'committed' && outcome.log
          ? { ...outcome, log: { ...outcome.log, hasMore: false } }
          : outcome,
    })),
  },
  {
    fault: 'waits stay open when the run ends',
    caughtBy: 'S-run-end-closes',
    breaks: alterWrites((writes) => ({ ...writes, endsRun: false })),
  },
  {
    fault: 'the code of a run error is lost',
    caughtBy: 'S-run-error',
    breaks: alterPatch('run_failed', ({ set }) => ({
      set: { ...set, error: encodeData({ message: 'it broke' }) },
    })),
  },
];

/** Worlds that break the life of steps. */
const brokenSteps: readonly BrokenWorld[] = [
  {
    fault: 'a step that starts on an ended run gets 409 RUN_TERMINAL',
    caughtBy: 'EN7-steps-of-an-ended-run',
    breaks: alterRules('step_started', (rules) =>
      rules.map((rule) =>
        'refuse' in rule.otherwise && rule.otherwise.refuse === 'RUN_EXPIRED'
          ? { ...rule, otherwise: { refuse: 'RUN_TERMINAL' } }
          : rule,
      ),
    ),
  },
  {
    fault: 'a step in flight cannot finish after the run has ended',
    caughtBy: 'EN7-steps-of-an-ended-run',
    breaks: alterRules('step_completed', (rules) =>
      rules.map((rule) => ({ ...rule, when: rule.when.filter(({ is }) => is !== 'not-in') })),
    ),
  },
  {
    fault: 'STEP_EXISTS does not say what is stored',
    caughtBy: 'EN12-conflict-tells-what-is-stored',
    breaks: {
      store: (store) => ({
        async append(append) {
          const outcome = await store.append(append);
          if (outcome.kind !== 'refused') return outcome;
          const { entity: _, ...refused } = outcome;
          return refused;
        },
      }),
    },
  },
  {
    fault: 'the attempt of a step does not grow',
    caughtBy: 'S-step-attempts',
    breaks: alterPatch('step_started', () => ({ increment: [] })),
  },
  {
    fault: 'a retry begins to count attempts anew',
    caughtBy: 'S-step-attempts',
    breaks: alterPatch('step_retrying', ({ set }) => ({ set: { ...set, attempt: 0 } })),
  },
  {
    fault: 'retryAfter is not looked at',
    caughtBy: 'S-step-too-early',
    breaks: withoutRefusal('step_started', 'TOO_EARLY'),
  },
  {
    fault: 'a start leaves retryAfter in place',
    caughtBy: 'S-step-retried',
    breaks: alterPatch('step_started', () => ({ unset: [] })),
  },
  {
    fault: 'a retry without retryAfter keeps the one before',
    caughtBy: 'S-step-retried',
    breaks: alterPatch('step_retrying', () => ({ unset: [] })),
  },
  {
    fault: 'the stack of a step error is lost',
    caughtBy: 'S-step-error',
    breaks: alterPatch('step_failed', ({ set }) => ({
      set: { ...set, error: encodeData({ message: 'no way' }) },
    })),
  },
  {
    fault: 'a step is found in whatever run',
    caughtBy: 'S-step-by-id-alone',
    breaks: {
      store: (store) => ({
        readEntity: (kind, _, id) => store.findEntity(kind, id, []),
      }),
    },
  },
];

export const brokenEntities: readonly BrokenWorld[] = [
  ...brokenRaces,
  ...brokenRuns,
  ...brokenSteps,
];
