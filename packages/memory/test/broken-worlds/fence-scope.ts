import type { Append, Evaluation, Fence } from '@world/contract';
import type { Breakage, BrokenWorld } from './broken-world.js';

/** A store that sees every fence changed. */
const altered = (change: (fence: Fence) => Fence | undefined): Breakage => ({
  store: (store) => ({
    append({ fence, ...append }) {
      const changed = fence && change(fence);
      return store.append({ ...append, ...(changed && { fence: changed }) });
    },
  }),
});

const withoutId = ({ lastKnownEventId: _, ...fence }: Fence): Fence => fence;

const guard = (change: (stateUpdatedAt: number) => number | undefined): Breakage => ({
  store: (store) => ({
    append({ stateUpdatedAt, ...append }: Append) {
      const changed = stateUpdatedAt === undefined ? undefined : change(stateUpdatedAt);
      return store.append({
        ...append,
        ...(changed !== undefined && { stateUpdatedAt: changed }),
      });
    },
  }),
});

const withoutPassed = ({ outcome, ...rest }: Evaluation): Evaluation => {
  if (outcome.kind !== 'committed') return { outcome, ...rest };
  const { passed: _, ...committed } = outcome;
  return { outcome: committed, ...rest };
};

/** Worlds that take scopes, times and guards for something else. */
export const brokenFenceScopes: readonly BrokenWorld[] = [
  {
    fault: 'asOfTimestamp admits an event of its own millisecond (<= for <)',
    caughtBy: 'F1-as-of-timestamp',
    breaks: altered((fence) =>
      fence.asOfTimestamp === undefined
        ? fence
        : { ...fence, asOfTimestamp: fence.asOfTimestamp + 1 },
    ),
  },
  {
    fault: 'asOfTimestamp is ignored',
    caughtBy: 'F1-as-of-timestamp',
    breaks: altered((fence) => (fence.lastKnownEventId === undefined ? undefined : fence)),
  },
  {
    fault: 'asOfTimestamp takes no notice of the scope',
    caughtBy: 'F1-as-of-in-band',
    breaks: altered((fence) =>
      fence.lastKnownEventId === undefined ? { ...fence, scope: 'tail' } : fence,
    ),
  },
  {
    fault: 'fences by time go by the clock, and the log by its ids',
    caughtBy: 'LO7-one-order',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => {
        const { fence, ...unfenced } = append;
        const asOf = fence?.asOfTimestamp;
        if (asOf === undefined || fence?.lastKnownEventId !== undefined) {
          return decide(view, append, nowMs);
        }
        const [last] = view.events(append.runId, (view.run(append.runId)?.tail.seq ?? 1) - 1, 1);
        return decide(view, (last?.createdAt ?? 0) < asOf ? unfenced : append, nowMs);
      },
    },
  },
  {
    fault: 'the guard goes by the clock, and ids run ahead of it: it refuses for ever',
    caughtBy: 'LO7-one-order',
    breaks: guard((stateUpdatedAt) => Math.min(stateUpdatedAt, Date.now())),
  },
  {
    fault: 'asOfTimestamp wins over lastKnownEventId',
    caughtBy: 'F1-as-of-is-ignored-beside-id',
    breaks: altered((fence) => (fence.asOfTimestamp === undefined ? fence : withoutId(fence))),
  },
  {
    fault: 'the in-band scope counts any event as newer',
    caughtBy: 'F1-in-band-scope',
    breaks: altered((fence) => ({ ...fence, scope: 'tail' })),
  },
  {
    fault: 'hooks make an in-band writer retry',
    caughtBy: 'FE10-hook-storm',
    breaks: altered((fence) => ({ ...fence, scope: 'tail' })),
  },
  {
    fault: 'the in-band scope fences nothing',
    caughtBy: 'F3-in-band-one-winner',
    breaks: altered((fence) => (fence.scope === 'in-band' ? undefined : fence)),
  },
  {
    fault: 'an in-band write does not say what it was pushed past',
    caughtBy: 'F5-in-band-passed',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => withoutPassed(decide(view, append, nowMs)),
    },
  },
  {
    fault: 'stateUpdatedAt is ignored',
    caughtBy: 'G-state-updated-at',
    breaks: guard(() => undefined),
  },
  {
    fault: 'stateUpdatedAt refuses an outcome of its own millisecond',
    caughtBy: 'G-state-updated-at',
    breaks: guard((stateUpdatedAt) => stateUpdatedAt - 1),
  },
];
