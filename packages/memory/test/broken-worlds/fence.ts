import type { Append, Store } from '@world/contract';
import type { Breakage, BrokenWorld } from './broken-world.js';

/** A store that sees every append changed. */
const altered = (change: (append: Append) => Append): Breakage => ({
  store: (store) => ({ append: (append) => store.append(change(append)) }),
});

const unfenced = ({ fence: _, ...append }: Append): Append => append;

const unfencedWhen = (applies: (append: Append) => boolean): Breakage =>
  altered((append) => (applies(append) ? unfenced(append) : append));

const firstType = ({ commands }: Append): string | undefined => commands[0]?.eventType;

/** Gives appends a fence that nobody asked for: the tail as it is read, some time before the commit. */
const fencedBehindTheBack = (applies: (append: Append) => boolean): Breakage => ({
  store: (store: Store) => ({
    async append(append) {
      const run = await store.readRun(append.runId);
      if (!applies(append) || append.fence !== undefined || run === undefined) {
        return store.append(append);
      }
      const fence = { lastKnownEventId: run.tail.eventId, scope: 'tail' } as const;
      return store.append({ ...append, fence });
    },
  }),
});

const LARGE_BYTES = 100_000;

/** Worlds whose fences leak, or hold where they must not. */
export const brokenFences: readonly BrokenWorld[] = [
  {
    fault: 'the fence is dropped for one event type',
    caughtBy: 'F1-stale-step_completed',
    breaks: unfencedWhen((append) => firstType(append) === 'step_completed'),
  },
  {
    fault: 'the fence is dropped for batches',
    caughtBy: 'F10-stale-fence',
    breaks: unfencedWhen(({ commands }) => commands.length > 1),
  },
  {
    fault: "the fence is dropped with resolveData 'none'",
    caughtBy: 'F1-stale-step_created',
    breaks: unfencedWhen(({ payloads }) => !payloads),
  },
  {
    fault: 'the fence is dropped for large payloads',
    caughtBy: 'F1-stale-hook_received',
    breaks: unfencedWhen(({ commands }) =>
      commands.some(({ data }) => (data?.byteLength ?? 0) > LARGE_BYTES),
    ),
  },
  {
    fault: 'the fence is dropped when the run is absent',
    caughtBy: 'F1-absent-run_created',
    breaks: unfencedWhen((append) => firstType(append) === 'run_created'),
  },
  {
    fault: 'the fence is checked before the commit, not in it',
    caughtBy: 'F3-one-winner',
    breaks: {
      store: (store) => ({
        async append(append) {
          const run = await store.readRun(append.runId);
          const fence = append.fence?.lastKnownEventId;
          await Promise.resolve();
          const stale = fence !== undefined && run?.tail.eventId !== fence;
          return store.append(stale ? append : unfenced(append));
        },
      }),
    },
  },
  {
    fault: 'an unfenced append does not move the tail',
    caughtBy: 'F2-tail-moves',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => {
        const { outcome, writes } = decide(view, append, nowMs);
        const before = view.run(append.runId)?.tail;
        if (writes === undefined || append.fence !== undefined || before === undefined) {
          return { outcome, ...(writes && { writes }) };
        }
        const tail = { ...writes.run.tail, eventId: before.eventId };
        return { outcome, writes: { ...writes, run: { ...writes.run, tail } } };
      },
    },
  },
  {
    fault: 'an unfenced append can conflict',
    caughtBy: 'F2-unfenced',
    breaks: fencedBehindTheBack(() => true),
  },
  {
    fault: 'signals are fenced, and lost under contention',
    caughtBy: 'F9-signals-are-not-lost',
    breaks: fencedBehindTheBack((append) => firstType(append) === 'hook_received'),
  },
  {
    fault: 'a conflict does not carry the events that the writer missed',
    caughtBy: 'F6-conflict-carries-missing',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => {
        const evaluation = decide(view, append, nowMs);
        const { outcome } = evaluation;
        if (outcome.kind !== 'refused' || outcome.conflict === undefined) return evaluation;
        const conflict = { ...outcome.conflict, missed: { events: [], hasMore: false } };
        return { outcome: { ...outcome, conflict } };
      },
    },
  },
  {
    fault: 'a fence conflict is told as a completed wait',
    caughtBy: 'F6-conflict-carries-missing',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => {
        const evaluation = decide(view, append, nowMs);
        const { outcome } = evaluation;
        if (outcome.kind !== 'refused' || outcome.code !== 'FENCE_CONFLICT') return evaluation;
        return { outcome: { ...outcome, code: 'WAIT_COMPLETED' } };
      },
    },
  },
  {
    fault: 'the rules of the row come before the fence',
    caughtBy: 'F8-precedence',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => {
        const byRules = decide(view, unfenced(append), nowMs);
        return byRules.outcome.kind === 'refused' ? byRules : decide(view, append, nowMs);
      },
    },
  },
];
