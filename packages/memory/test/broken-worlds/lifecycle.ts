import { type Event, type Outcome, type Store, WorldError } from '@world/contract';
import type { BrokenWorld } from './broken-world.js';
import { onAppend, onCreate, onEvents } from './parts.js';

/** Worlds that forget too much, or too little. */
export const brokenLifecycles: readonly BrokenWorld[] = [
  {
    fault: 'prune removes live runs, too',
    caughtBy: 'LI4-terminal-only',
    breaks: {
      store: (store) => ({
        async prune(range) {
          const runIds = await store.prune(range);
          await store.deleteNamespace();
          return runIds;
        },
      }),
    },
  },
  {
    fault: 'prune leaves steps behind',
    caughtBy: 'LI4-terminal-only',
    breaks: {
      store: (store) => {
        const known = new Map<string, Awaited<ReturnType<Store['readEntity']>>>();
        return {
          async append(append) {
            const outcome = await store.append(append);
            const results = outcome.kind === 'committed' ? outcome.results : [];
            for (const { entity } of results) {
              if (entity) known.set(`${entity.kind}/${entity.runId}/${entity.id}`, entity);
            }
            return outcome;
          },
          readEntity: async (kind, runId, id) =>
            (await store.readEntity(kind, runId, id)) ?? known.get(`${kind}/${runId}/${id}`),
        };
      },
    },
  },
  {
    fault: 'prune takes no notice of its limit',
    caughtBy: 'LI4-older-than',
    breaks: { store: (store) => ({ prune: (range) => store.prune({ ...range, limit: 1000 }) }) },
  },
  {
    fault: 'prune takes every status',
    caughtBy: 'LI4-older-than',
    breaks: {
      store: (store) => ({
        prune: (range) => store.prune({ ...range, statuses: ['completed', 'failed', 'cancelled'] }),
      }),
    },
  },
  {
    fault: 'prune leaves idempotency keys behind',
    caughtBy: 'LI4-id-free-again',
    breaks: {
      store: (store) => {
        const outcomes = new Map<string, Outcome>();
        return {
          async append(append) {
            const key = `${append.runId}/${append.idempotencyKey}`;
            const known = append.idempotencyKey === undefined ? undefined : outcomes.get(key);
            const outcome = known ?? (await store.append(append));
            outcomes.set(key, outcome);
            return outcome;
          },
        };
      },
    },
  },
  {
    fault: 'namespaces see the runs of each other',
    caughtBy: 'P-namespaces',
    breaks: (() => {
      const stores = new Set<Store>();
      return {
        store: (store: Store): Partial<Store> => {
          stores.add(store);
          return {
            listRuns: async (range) =>
              (await Promise.all([...stores].map((each) => each.listRuns(range)))).flat(),
          };
        },
      };
    })(),
  },
  {
    fault: 'deleteNamespace leaves runs behind',
    caughtBy: 'P-delete-namespace',
    breaks: { store: () => ({ deleteNamespace: async () => {} }) },
  },
  {
    fault: 'an instance reads what it read before',
    caughtBy: 'P-second-instance',
    breaks: {
      store: (store) => {
        const cache = new Map<string, Awaited<ReturnType<Store['readRun']>>>();
        return {
          async readRun(runId) {
            if (!cache.has(runId)) cache.set(runId, await store.readRun(runId));
            return cache.get(runId);
          },
        };
      },
    },
  },
  {
    fault: 'close() closes nothing',
    caughtBy: 'LI1-closed',
    breaks: { world: () => ({ close: async () => {} }) },
  },
  {
    fault: 'close() may be called once',
    caughtBy: 'LI1-closed',
    breaks: {
      world: ({ close }) => {
        let closed = false;
        return {
          async close() {
            if (closed) throw new Error('closed already');
            closed = true;
            await close();
          },
        };
      },
    },
  },
  {
    fault: 'close() cuts batches short',
    caughtBy: 'LI1-close-finishes',
    breaks: {
      store: (store) => {
        let closing = false;
        return {
          async append(append) {
            const [first] = append.commands;
            const outcome = await store.append({ ...append, commands: first ? [first] : [] });
            await Promise.resolve();
            if (closing || append.commands.length === 1) return outcome;
            await store.append({ ...append, commands: append.commands.slice(1) });
            return outcome;
          },
          async close() {
            closing = true;
            await store.close();
          },
        };
      },
    },
  },
  {
    fault: 'close() turns away what waits for its turn',
    caughtBy: 'LI1-close-waits',
    breaks: onCreate(async (create, runId, data, params) => {
      await new Promise((resolve) => setImmediate(resolve));
      return create(runId, data, params);
    }),
  },
];

/** Worlds that copy logs as they like. */
export const brokenImports: readonly BrokenWorld[] = [
  {
    fault: 'an import mints ids of its own',
    caughtBy: 'P-import-keeps',
    breaks: onAppend(({ provenance: _, ...append }) => append),
  },
  {
    fault: 'an import reports what it was given, not what it wrote',
    caughtBy: 'P-import-repeatable',
    breaks: onEvents((events) => ({
      async import(runId, log) {
        await events.import(runId, log);
        return { imported: log.length };
      },
    })),
  },
  {
    fault: 'an import writes its first 1000 events and leaves it at that',
    caughtBy: 'P-import-long',
    breaks: onEvents((events) => ({
      import: (runId, log) => events.import(runId, log.slice(0, 1000)),
    })),
  },
  {
    fault: 'an imported run is finished with, and takes nothing more',
    caughtBy: 'P-import-goes-on',
    breaks: {
      store: (store) => {
        const imported = new Set<string>();
        return {
          async append(append) {
            if (append.provenance !== undefined) imported.add(append.runId);
            else if (imported.has(append.runId)) {
              return { kind: 'refused', code: 'RUN_TERMINAL', index: 0, nowMs: 0 };
            }
            return store.append(append);
          },
        };
      },
    },
  },
  {
    fault: 'an import of another log is passed over in silence',
    caughtBy: 'P-import-diverged',
    breaks: onEvents((events) => ({
      import: (runId, log) =>
        events.import(runId, log).catch((error: unknown) => {
          if (WorldError.is(error, 'LOG_DIVERGED')) return { imported: 0 };
          throw error;
        }),
    })),
  },
  {
    fault: 'an import closes gaps',
    caughtBy: 'P-import-bad-logs',
    breaks: onEvents((events) => ({
      import: (runId, log) =>
        events.import(
          runId,
          log.map((event, i) => ({ ...event, seq: i + 1 })),
        ),
    })),
  },
  {
    fault: 'an import needs the tokens of hooks that were disposed since',
    caughtBy: 'P-import-token-released',
    breaks: onAppend((append) =>
      append.provenance === undefined
        ? append
        : {
            ...append,
            commands: append.commands.map((command) => {
              const token = command.patch?.set.token;
              return typeof token === 'string' ? { ...command, claims: token } : command;
            }),
          },
    ),
  },
  {
    fault: 'an import leaves out what would append nothing',
    caughtBy: 'P-import-whole',
    breaks: onAppend((append) => ({
      ...append,
      commands: append.commands.map((command) => ({
        ...command,
        rules: command.rules.map(({ when, otherwise }) => ({
          when,
          otherwise:
            'refuse' in otherwise && otherwise.refuse === 'LOG_DIVERGED'
              ? { keep: true as const }
              : otherwise,
        })),
      })),
    })),
  },
  {
    fault: 'an import takes a token that another run holds',
    caughtBy: 'P-import-token-held',
    breaks: onAppend((append) => ({
      ...append,
      commands: append.commands.map((command) => ({
        ...command,
        rules: command.rules.filter(
          ({ otherwise }) => append.provenance === undefined || !('append' in otherwise),
        ),
      })),
    })),
  },
];

/** Worlds whose followers lose events, or repeat them. */
export const brokenFollowers: readonly BrokenWorld[] = [
  {
    fault: 'a follower gets what is notified, and nothing from before',
    caughtBy: 'L2-follow',
    breaks: onEvents(({ follow, list }) => ({
      async *follow(params) {
        const { cursor } = await list({ runId: params.runId });
        yield* follow({ ...params, cursor: cursor ?? undefined });
      },
    })),
  },
  {
    fault: 'a follower gets each event twice',
    caughtBy: 'L2-follow',
    breaks: onEvents(({ follow }) => ({
      async *follow(params) {
        for await (const event of follow(params)) {
          yield event;
          yield event;
        }
      },
    })),
  },
  {
    fault: 'a follower loses what is written between its first page and its subscription',
    caughtBy: 'L2-follow-while-writers-write',
    breaks: onEvents(({ follow, list }) => ({
      async *follow(params) {
        const first = await list({ runId: params.runId });
        yield* first.data;
        const { cursor } = await list({ runId: params.runId });
        yield* follow({ ...params, cursor: cursor ?? undefined });
      },
    })),
  },
  {
    fault: 'a follower takes no notice of its cursor',
    caughtBy: 'L2-follow-from-cursor',
    breaks: onEvents(({ follow }) => ({ follow: ({ cursor: _, ...params }) => follow(params) })),
  },
  {
    fault: 'a follower of a run that is gone fails',
    caughtBy: 'L2-follow-ends',
    breaks: onEvents(({ follow }) => ({
      async *follow(params) {
        let last: Event | undefined;
        for await (const event of follow(params)) {
          last = event;
          yield event;
        }
        if (last?.eventType === 'run_cancelled') throw new Error('the run is gone');
      },
    })),
  },
  {
    fault: 'a follower takes no notice of resolveData',
    caughtBy: 'P-follow-resolve-none',
    breaks: onEvents(({ follow }) => ({
      follow: ({ resolveData: _, ...params }) => follow(params),
    })),
  },
  {
    fault: 'a follower reads a long log in one go',
    caughtBy: 'L2-follow-long-log',
    breaks: onEvents(({ list }) => ({
      async *follow({ runId }) {
        let cursor: string | undefined;
        for (;;) {
          const page = await list({ runId, pagination: { cursor } });
          yield* page.data;
          cursor = page.cursor ?? undefined;
        }
      },
    })),
  },
];
