import {
  type Event,
  type EventRecord,
  eventIdTime,
  type RunRecord,
  type SortOrder,
  type WorkflowRun,
  WorldError,
} from '@world/contract';
import type { BrokenWorld } from './broken-world.js';
import { onAppend, onEvents, onList } from './parts.js';

const opposite = (order: SortOrder): SortOrder => (order === 'asc' ? 'desc' : 'asc');

const isBadCursor = (error: unknown): boolean =>
  WorldError.is(error, 'INVALID_ARGUMENT') && error.details.field === 'pagination.cursor';

const NOTHING = { data: [], cursor: null, hasMore: false };

/** Worlds that lose, repeat or disorder what they list. */
export const brokenPages: readonly BrokenWorld[] = [
  {
    fault: 'a cursor stands for a millisecond, and what shares it is skipped',
    caughtBy: 'LO6-one-ms',
    breaks: {
      store: (store) => ({
        async readEvents(range) {
          const events = await store.readEvents(range);
          const [anchor] = events;
          if (anchor === undefined || range.afterSeq === undefined) return events;
          const later = ({ eventId }: EventRecord) =>
            eventIdTime(eventId) > eventIdTime(anchor.eventId);
          return [anchor, ...events.filter(later)];
        },
      }),
    },
  },
  {
    fault: 'a descending list of events comes in ascending order',
    caughtBy: 'LO9-page-sizes',
    breaks: {
      store: (store) => ({
        readEvents: (range) => store.readEvents({ ...range, order: 'asc' }),
      }),
    },
  },
  {
    fault: 'hasMore stays true at the end',
    caughtBy: 'LO9-page-sizes',
    breaks: onList(async (list, params) => ({ ...(await list(params)), hasMore: true })),
  },
  {
    fault: 'the last page has no cursor',
    caughtBy: 'LO9-last-cursor-follows',
    breaks: onList(async (list, params) => {
      const page = await list(params);
      return page.hasMore ? page : { ...page, cursor: null };
    }),
  },
  {
    fault: 'an empty page has no cursor',
    caughtBy: 'LO9-last-cursor-follows',
    breaks: onList(async (list, params) => {
      const page = await list(params);
      return page.data.length > 0 ? page : { ...page, cursor: null };
    }),
  },
  {
    fault: 'an unknown cursor restarts at the beginning',
    caughtBy: 'LO9-hand-made-cursor',
    breaks: onList((list, params) =>
      list(params).catch((error: unknown) => {
        if (isBadCursor(error)) return list({ runId: params.runId });
        throw error;
      }),
    ),
  },
  {
    fault: 'a cursor of another list gives an empty page',
    caughtBy: 'LO9-foreign-cursor',
    breaks: onList((list, params) =>
      list(params).catch((error: unknown) => {
        if (isBadCursor(error)) return NOTHING;
        throw error;
      }),
    ),
  },
  {
    fault: 'a cursor is a position, in whatever log it is used',
    caughtBy: 'LO9-cursor-of-another-log',
    breaks: onList(async (list, params) => {
      const cursor = params.pagination?.cursor;
      if (cursor === undefined) return list(params);
      const [, [, seq]] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
      const all = await list({ runId: params.runId });
      return { ...all, data: all.data.slice(Number(seq)) };
    }),
  },
  {
    fault: 'a cursor of a run that is gone starts at the beginning of nothing',
    caughtBy: 'LO9-cursor-beyond-the-log',
    breaks: onList((list, params) =>
      list(params).catch((error: unknown) => {
        if (isBadCursor(error)) return NOTHING;
        throw error;
      }),
    ),
  },
  {
    fault: 'an event becomes visible after the ones behind it',
    caughtBy: 'L2-reader-while-writers-write',
    breaks: {
      store: (store) => ({
        async readEvents(range) {
          const end = (await store.readRun(range.runId))?.tail.seq ?? 0;
          const events = await store.readEvents(range);
          return events.filter(({ seq }) => seq % 5 !== 0 || seq + 3 < end);
        },
      }),
    },
  },
  {
    fault: 'a list leaves out an event that was just committed, and shows the next',
    caughtBy: 'L2-list-is-prefix',
    breaks: {
      store: (store) => ({
        async readEvents(range) {
          const end = (await store.readRun(range.runId))?.tail.seq ?? 0;
          const events = await store.readEvents(range);
          return events.filter(({ seq }) => seq !== end - 1 || end > 60);
        },
      }),
    },
  },
  {
    fault: 'ids count up within a millisecond, in every run alike',
    caughtBy: 'F1-ids-of-all-runs-differ',
    breaks: onAppend((append) => ({
      ...append,
      entropy: append.entropy.map(() => '0'.repeat(16)),
    })),
  },
  {
    fault: 'events are returned as they stand in a cache',
    caughtBy: 'L6-returned-events-are-copies',
    breaks: (() => {
      const cache = new Map<string, Event>();
      return onList(async (list, params) => {
        const page = await list(params);
        for (const event of page.data) {
          if (!cache.has(event.eventId)) cache.set(event.eventId, event);
        }
        return { ...page, data: page.data.map((event) => cache.get(event.eventId) ?? event) };
      });
    })(),
  },
  {
    fault: 'an event is found by its id in any run',
    caughtBy: 'P-get-event',
    breaks: (() => {
      const known = new Map<string, Event>();
      return onEvents(({ get }) => ({
        async get(runId, eventId, params) {
          const event = known.get(eventId) ?? (await get(runId, eventId, params));
          known.set(eventId, event);
          return event;
        },
      }));
    })(),
  },
  {
    fault: 'a page of events holds 100 by default',
    caughtBy: 'P-default-pages',
    breaks: onList((list, params) =>
      list({ ...params, pagination: { limit: 100, ...params.pagination } }),
    ),
  },
  {
    fault: 'events of a correlation id come in the order of their times',
    caughtBy: 'P-correlated-events',
    breaks: {
      store: (store) => ({
        async readCorrelatedEvents(range) {
          const events = await store.readCorrelatedEvents(range);
          return events.toSorted((a, b) => b.createdAt - a.createdAt || b.seq - a.seq);
        },
      }),
    },
  },
];

/** Worlds whose lists of runs and entities are wrong. */
export const brokenLists: readonly BrokenWorld[] = [
  {
    fault: 'runs are listed oldest first',
    caughtBy: 'P-runs-newest-first',
    breaks: {
      store: (store) => ({
        listRuns: (range) => store.listRuns({ ...range, order: opposite(range.order) }),
      }),
    },
  },
  {
    fault: 'a filter is forgotten on the second page',
    caughtBy: 'P-runs-filters',
    breaks: {
      store: (store) => ({
        listRuns({ status, workflowName, ...range }) {
          const filter = {
            ...(status !== undefined && { status }),
            ...(workflowName !== undefined && { workflowName }),
          };
          return store.listRuns(range.after === undefined ? { ...range, ...filter } : range);
        },
      }),
    },
  },
  {
    fault: 'a cursor of runs counts runs from the newest',
    caughtBy: 'P-runs-while-runs-come-and-end',
    breaks: {
      world: ({ runs }) => ({
        runs: {
          ...runs,
          async list(params?: { pagination?: { cursor?: string; limit?: number } }) {
            const { cursor = '0', limit = 20 } = params?.pagination ?? {};
            const { data } = await runs.list({ pagination: { limit: 1000 } });
            const end = Number(cursor) + limit;
            return {
              data: data.slice(Number(cursor), end) as WorkflowRun[],
              cursor: String(end),
              hasMore: end < data.length,
            };
          },
        } as typeof runs,
      }),
    },
  },
  {
    fault: 'the list of runs lags behind',
    caughtBy: 'P-read-your-writes',
    breaks: {
      store: (store) => {
        let before: readonly RunRecord[] = [];
        return {
          async listRuns(range) {
            const stale = before;
            before = await store.listRuns(range);
            return stale;
          },
        };
      },
    },
  },
  {
    fault: 'a descending list of waits comes in ascending order',
    caughtBy: 'P-entities-in-order',
    breaks: {
      store: (store) => ({
        async listEntities(range) {
          const entities = await store.listEntities(range);
          return range.kind === 'wait' && range.order === 'desc' ? entities.toReversed() : entities;
        },
      }),
    },
  },
  {
    fault: 'an absent step is found as another run has it',
    caughtBy: 'P-not-found',
    breaks: {
      store: (store) => ({
        readEntity: async (kind, runId, id) =>
          (await store.readEntity(kind, runId, id)) ?? store.findEntity(kind, id, []),
      }),
    },
  },
];
