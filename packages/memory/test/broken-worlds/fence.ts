import { type Append, EVENT_TYPES, type Store, TRANSITIONS } from '@world/contract';
import { alterEvaluation } from './alter.js';
import type { Breakage, BrokenWorld } from './broken-world.js';
import { onAppend } from './parts.js';

const unfenced = ({ fence: _, ...append }: Append): Append => append;

const unfencedWhen = (applies: (append: Append) => boolean): Breakage =>
  onAppend((append) => (applies(append) ? unfenced(append) : append));

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

/** Worlds in which one event type is written without its fence. */
const unfencedTypes: readonly BrokenWorld[] = EVENT_TYPES.filter(
  (type) => !TRANSITIONS[type].worldOnly,
).flatMap((eventType) => {
  const fault = `the fence is dropped for ${eventType}`;
  const breaks = unfencedWhen((append) => firstType(append) === eventType);
  const { run } = TRANSITIONS[eventType];
  return [
    ...(run === 'optional' ? [] : [{ fault, caughtBy: `F1-stale-${eventType}`, breaks }]),
    ...(run === 'required' ? [] : [{ fault, caughtBy: `F1-absent-${eventType}`, breaks }]),
  ];
});

/** Worlds whose fences leak, or hold where they must not. */
export const brokenFences: readonly BrokenWorld[] = [
  ...unfencedTypes,
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
    fault: 'who brings a fence of another log gets nothing to catch up with',
    caughtBy: 'F6-foreign-fence',
    breaks: alterEvaluation((evaluation, { fence }, view) => {
      const { outcome } = evaluation;
      if (outcome.kind !== 'refused' || outcome.conflict === undefined) return evaluation;
      const log = view.events(outcome.run?.runId ?? '', 0, 1000);
      if (log.some(({ eventId }) => eventId === fence?.lastKnownEventId)) return evaluation;
      const conflict = { ...outcome.conflict, missed: { events: [], hasMore: false } };
      return { outcome: { ...outcome, conflict } };
    }),
  },
  {
    fault: 'a fenced append returns the event before its own',
    caughtBy: 'F5-chain',
    breaks: alterEvaluation((evaluation, { runId, fence }, view) => {
      const { outcome } = evaluation;
      if (outcome.kind !== 'committed' || fence === undefined) return evaluation;
      const [event] = view.events(runId, (view.run(runId)?.tail.seq ?? 1) - 1, 1);
      const results = outcome.results.map((result) => ({ ...result, ...(event && { event }) }));
      return { ...evaluation, outcome: { ...outcome, results } };
    }),
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
