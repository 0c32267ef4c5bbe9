import {
  type Append,
  createEntropy,
  type EventRecord,
  eventIdTime,
  mintEventId,
} from '@world/contract';
import { alterEvents, gapAfterRefusal, shifted } from './alter-events.js';
import type { Breakage, BrokenWorld } from './broken-world.js';

/** Ids that come from somewhere else than the tail. */
const reminted = (idOf: (event: EventRecord, append: Append) => string): Breakage => ({
  evaluation: (decide) => (view, append, nowMs) =>
    append.provenance === undefined
      ? alterEvents(decide(view, append, nowMs), (event) => ({
          ...event,
          eventId: idOf(event, append),
        }))
      : decide(view, append, nowMs),
});

const mintAt = (nowMs: number): string =>
  mintEventId({ tail: undefined, nowMs, strictlyLater: false, entropy: createEntropy() });

/** Ids by the append that they were minted for, before its commit. */
const mintedEarly = new WeakMap<readonly unknown[], string>();

/** The same for positions. */
const takenEarly = new WeakMap<readonly unknown[], number>();

/** Worlds whose logs lie about order. */
export const brokenLogs: readonly BrokenWorld[] = [
  {
    fault: 'ids are minted before the commit',
    caughtBy: 'L1-parallel-appends',
    breaks: {
      ...reminted((event, { commands }) => mintedEarly.get(commands) ?? event.eventId),
      store: (store) => ({
        async append(append) {
          mintedEarly.set(append.commands, mintAt(Date.now()));
          // Any reordering between mint and commit will do.
          const delay = (append.commands[0]?.correlationId?.at(-1)?.charCodeAt(0) ?? 0) % 7;
          for (let i = 0; i < delay; i += 1) await Promise.resolve();
          return store.append(append);
        },
      }),
    },
  },
  {
    fault: 'positions are taken before the commit',
    caughtBy: 'L1-parallel-appends',
    breaks: {
      store: (store) => ({
        async append(append) {
          takenEarly.set(append.commands, (await store.readRun(append.runId))?.tail.seq ?? 0);
          await Promise.resolve();
          return store.append(append);
        },
      }),
      evaluation: (decide) => (view, append, nowMs) => {
        const tailSeq = view.run(append.runId)?.tail.seq ?? 0;
        const taken = takenEarly.get(append.commands) ?? tailSeq;
        return shifted(decide(view, append, nowMs), taken - tailSeq);
      },
    },
  },
  {
    fault: 'a refused append leaves a gap in seq',
    caughtBy: 'L3-no-gaps',
    breaks: gapAfterRefusal,
  },
  {
    fault: 'the time in an id is not that of the clock',
    caughtBy: 'L1-time-of-ids',
    breaks: reminted(({ createdAt }) => mintAt(createdAt + 1)),
  },
  {
    fault: 'ids follow a clock that was set back',
    caughtBy: 'L1-clock-set-back',
    breaks: reminted(({ createdAt }) => mintAt(createdAt)),
  },
  {
    fault: 'ids are equal within a millisecond',
    caughtBy: 'L1-one-millisecond',
    breaks: reminted(({ eventId }) => `${eventId.slice(0, -16)}${'Z'.repeat(16)}`),
  },
  {
    fault: 'outcomes share the millisecond of the tail',
    caughtBy: 'L1-strictly-later',
    breaks: {
      store: (store) => ({
        append: (append) =>
          store.append({
            ...append,
            commands: append.commands.map((command) => ({ ...command, outcome: false })),
          }),
      }),
    },
  },
  {
    fault: 'every event takes a millisecond of its own',
    caughtBy: 'L1-one-millisecond',
    breaks: reminted((event) => mintAt(eventIdTime(event.eventId) + event.seq)),
  },
  {
    fault: 'a later append rewrites the event before it',
    caughtBy: 'L6-append-only',
    breaks: {
      store: (store) => ({
        async readEvents(range) {
          const events = await store.readEvents(range);
          const length = (await store.readRun(range.runId))?.tail.seq ?? 0;
          return events.map((event) =>
            event.seq === 2 && length > 4 ? { ...event, specVersion: 2 } : event,
          );
        },
      }),
    },
  },
];
