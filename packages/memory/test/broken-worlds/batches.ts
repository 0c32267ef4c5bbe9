import type { Append, Command, CreateEventRequest, EventRequest } from '@world/contract';
import { gapAfterRefusal } from './alter-events.js';
import type { BrokenWorld } from './broken-world.js';
import { onAppend, onEvents } from './parts.js';

const isBatch = ({ commands }: Append): boolean => commands.length > 1;

const withoutTokenRule = (command: Command): Command => ({
  ...command,
  rules: command.rules.filter(({ otherwise }) => !('append' in otherwise)),
});

/** Worlds whose batches are not one commit. */
export const brokenBatches: readonly BrokenWorld[] = [
  {
    fault: 'a batch is written event by event, until one is refused',
    caughtBy: 'FE4-refused-in-the-middle',
    breaks: onEvents(({ create }) => ({
      async createBatch(runId, events, params) {
        const results = [];
        for (const event of events) {
          results.push(await create(runId, event as CreateEventRequest, params));
        }
        return { results, lastKnownEventId: results.at(-1)?.event?.eventId ?? '' };
      },
    })),
  },
  {
    fault: 'a refused batch does not say which event was refused',
    caughtBy: 'FE4-refused-in-the-middle',
    breaks: {
      store: (store) => ({
        async append(append) {
          const outcome = await store.append(append);
          return outcome.kind === 'refused' ? { ...outcome, index: 0 } : outcome;
        },
      }),
    },
  },
  {
    fault: 'a refused batch uses up a position',
    caughtBy: 'FE4-refused-in-the-middle',
    breaks: gapAfterRefusal,
  },
  {
    fault: 'a foreign event slips into a batch',
    caughtBy: 'F10-adjacent',
    breaks: {
      store: (store) => ({
        async append(append) {
          if (!isBatch(append)) return store.append(append);
          const half = Math.floor(append.commands.length / 2);
          const first = await store.append({ ...append, commands: append.commands.slice(0, half) });
          const { fence: _, ...unfenced } = append;
          const rest = { ...unfenced, commands: append.commands.slice(half) };
          const second = await store.append(rest);
          if (first.kind !== 'committed' || second.kind !== 'committed') return first;
          return { ...second, results: [...first.results, ...second.results] };
        },
      }),
    },
  },
  {
    fault: 'each event of a batch is checked against the state before the batch',
    caughtBy: 'F10-in-order',
    breaks: {
      evaluation: (decide) => (view, append, nowMs) => {
        for (const command of append.commands) {
          const alone = decide(view, { ...append, commands: [command] }, nowMs);
          if (alone.outcome.kind === 'refused') return alone;
        }
        return decide(view, append, nowMs);
      },
    },
  },
  {
    fault: 'the fence of a batch is checked before its commit',
    caughtBy: 'F10-one-winner',
    breaks: {
      store: (store) => ({
        async append(append) {
          const { fence, ...unfenced } = append;
          const run = await store.readRun(append.runId);
          await Promise.resolve();
          const stale = fence?.lastKnownEventId !== run?.tail.eventId;
          return store.append(stale ? append : unfenced);
        },
      }),
    },
  },
  {
    fault: 'stateUpdatedAt is dropped on the batch path',
    caughtBy: 'F10-guard',
    breaks: onAppend((append) => {
      const { stateUpdatedAt: _, ...unguarded } = append;
      return isBatch(append) ? unguarded : append;
    }),
  },
  {
    fault: 'a batch goes on behind the end of its run',
    caughtBy: 'F10-nothing-after-the-end',
    breaks: onAppend((append) => {
      const end = append.commands.findIndex(({ endsRun }) => endsRun);
      return {
        ...append,
        commands: append.commands.map((command, i) =>
          end >= 0 && i > end ? { ...command, rules: [] } : command,
        ),
      };
    }),
  },
  {
    fault: 'a refused batch leaves the run that it began with',
    caughtBy: 'F10-creates-the-run',
    breaks: onEvents(({ create, createBatch }) => ({
      async createBatch(runId, events, params) {
        const [first, ...rest] = events as [EventRequest, ...EventRequest[]];
        if (first.eventType !== 'run_created') return createBatch(runId, events, params);
        const created = await create(runId, first, params);
        const batch = await createBatch(runId, rest);
        return { ...batch, results: [created, ...batch.results] };
      },
    })),
  },
  {
    fault: 'a token claimed in a batch is free for the rest of it',
    caughtBy: 'F10-tokens',
    breaks: onAppend((append) => ({
      ...append,
      commands: append.commands.map((command, i) => {
        const { claims } = command;
        const before = append.commands.slice(0, i);
        const again = claims !== undefined && before.some((one) => one.claims === claims);
        return again ? withoutTokenRule(command) : command;
      }),
    })),
  },
  {
    fault: 'an empty batch succeeds',
    caughtBy: 'F10-sizes',
    breaks: onEvents(({ createBatch }) => ({
      createBatch: async (runId, events, params) =>
        events?.length === 0
          ? { results: [], lastKnownEventId: '' }
          : createBatch(runId, events, params),
    })),
  },
  {
    fault: 'a large batch is split',
    caughtBy: 'F10-sizes',
    breaks: onEvents(({ createBatch }) => ({
      async createBatch(runId, events, params) {
        if (!(events?.length > 1000)) return createBatch(runId, events, params);
        await createBatch(runId, events.slice(0, 1000), params);
        return createBatch(runId, events.slice(1000), params);
      },
    })),
  },
];
