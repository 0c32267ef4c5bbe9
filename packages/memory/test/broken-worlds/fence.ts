import type { Append } from '@world/contract';
import type { BrokenWorld } from './broken-world.js';

const unfenced = ({ fence: _, ...append }: Append): Append => append;

/** Worlds whose fences leak. */
export const brokenFences: readonly BrokenWorld[] = [
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
];
