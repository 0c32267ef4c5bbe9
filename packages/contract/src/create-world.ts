import { z } from 'zod';
import { EventAppender } from './append-events.js';
import { Calls } from './calls.js';
import { worldError } from './errors.js';
import { FairTurns } from './fair-turns.js';
import { followEvents } from './follow.js';
import { importEvents } from './import-events.js';
import { MAX_PAGE_SIZE } from './pagination.js';
import { parseArgument } from './parse.js';
import type { Queue } from './queue.js';
import { createEntityReads } from './read-entities.js';
import { createEventReads } from './read-events.js';
import type { Store } from './store.js';
import type { Streamer } from './streams.js';
import { TERMINAL_RUN_STATUSES } from './transitions.js';
import { TimeSchema } from './values.js';
import type { Events, World } from './world.js';

/** Highest spec version of `@workflow/world@4.5.0`: event-sourced runs, CBOR queue transport. */
export const SPEC_VERSION = 3;

export const DEFAULT_PAYLOAD_LIMIT_BYTES: number = 4 * 1024 * 1024;
export const DEFAULT_MISSED_LIMIT = 100;

/** Options that every world takes. */
export interface WorldOptions {
  /** Largest `eventData` of one event, in bytes; 4 MiB when not given. */
  payloadLimitBytes?: number | undefined;
  /** Events that come back with a fence conflict at most; 100 when not given. */
  missedLimit?: number | undefined;
}

const PruneSchema = z.object({
  olderThan: TimeSchema,
  status: z.enum(TERMINAL_RUN_STATUSES).optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
});

const WorldOptionsSchema = z.object({
  payloadLimitBytes: z.number().int().min(1).optional(),
  missedLimit: z.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
});

const DEFAULT_PRUNE_LIMIT = 100;

/**
 * Makes a World of a store: validation, defaults, pages, error mapping and `resolveData`, for every adapter alike.
 * @throws INVALID_ARGUMENT for bad options.
 */
export function createWorld(store: Store, options: WorldOptions = {}): World {
  const limits = parseArgument(WorldOptionsSchema, options, 'options');
  const payloadLimitBytes = limits.payloadLimitBytes ?? DEFAULT_PAYLOAD_LIMIT_BYTES;
  const closing = new AbortController();
  const appender = new EventAppender(store, {
    payloadLimitBytes,
    missedLimit: limits.missedLimit ?? DEFAULT_MISSED_LIMIT,
  });
  const eventReads = createEventReads(store);
  let closed: Promise<void> | undefined;

  const turns = new FairTurns();
  const calls = new Calls();
  const assertOpen = (): void => {
    if (closing.signal.aborted) throw worldError('WORLD_CLOSED', 'the world was closed');
  };

  const events: Events = {
    create: (runId, data, params) => appender.create(runId, data, params),
    createBatch: (runId, requests, params) => appender.createBatch(runId, requests, params),
    import: (runId, log) => importEvents(store, runId, log, payloadLimitBytes),
    ...eventReads,
    follow: (params) => followEvents(store, eventReads, params, closing.signal),
  };
  const { runs, steps, hooks, waits } = createEntityReads(store);

  return {
    specVersion: SPEC_VERSION,
    capabilities: store.capabilities,
    streamFlushIntervalMs: 0,
    events: whileOpen(events, assertOpen, turns, calls),
    runs: whileOpen(runs, assertOpen, turns, calls),
    steps: whileOpen(steps, assertOpen, turns, calls),
    hooks: whileOpen(hooks, assertOpen, turns, calls),
    waits: whileOpen(waits, assertOpen, turns, calls),
    ...unsupported(assertOpen),
    async prune(params) {
      assertOpen();
      const { olderThan, status, limit } = parseArgument(PruneSchema, params, '');
      const runIds = await store.prune({
        endedBefore: olderThan.getTime(),
        statuses: status === undefined ? TERMINAL_RUN_STATUSES : [status],
        limit: limit ?? DEFAULT_PRUNE_LIMIT,
      });
      return { runIds: [...runIds] };
    },
    async deleteNamespace() {
      assertOpen();
      await store.deleteNamespace();
    },
    async start() {
      assertOpen();
    },
    close() {
      closed ??= (async () => {
        closing.abort();
        await calls.settled();
        await store.close();
      })();
      return closed;
    },
  };
}

/** The same methods, each of which fails with `WORLD_CLOSED` once the world is closed. */
function whileOpen<T extends object>(
  methods: T,
  assertOpen: () => void,
  turns: FairTurns,
  calls: Calls,
): T {
  const guarded = Object.entries(methods).map(([name, method]) => {
    const call = method as (...args: unknown[]) => unknown;
    // An iterator is handed out as it is; everything else is a promise, so that misuse rejects.
    const guard =
      name === 'follow'
        ? (...args: unknown[]) => {
            assertOpen();
            return call(...args);
          }
        : async (...args: unknown[]) => {
            assertOpen();
            return calls.run(async () => {
              const turn = turns.next();
              if (turn !== undefined) await turn;
              return call(...args);
            });
          };
    return [name, guard] as const;
  });
  return Object.fromEntries(guarded) as T;
}

type Unsupported = Omit<Queue & Streamer, 'streamFlushIntervalMs'>;

/** Queue and streams of a store that has neither; its capabilities say so. */
function unsupported(assertOpen: () => void): Unsupported {
  const refuse = (capability: 'queue' | 'streams', method: string): never => {
    assertOpen();
    throw worldError('NOT_SUPPORTED', `${method}: this world has no ${capability}`, {
      details: { capability, method },
    });
  };
  return {
    getDeploymentId: async () => refuse('queue', 'getDeploymentId'),
    queue: async () => refuse('queue', 'queue'),
    createQueueHandler: () => refuse('queue', 'createQueueHandler'),
    writeToStream: async () => refuse('streams', 'writeToStream'),
    writeToStreamMulti: async () => refuse('streams', 'writeToStreamMulti'),
    closeStream: async () => refuse('streams', 'closeStream'),
    readFromStream: async () => refuse('streams', 'readFromStream'),
    listStreamsByRunId: async () => refuse('streams', 'listStreamsByRunId'),
    getStreamChunks: async () => refuse('streams', 'getStreamChunks'),
    getStreamInfo: async () => refuse('streams', 'getStreamInfo'),
  };
}
