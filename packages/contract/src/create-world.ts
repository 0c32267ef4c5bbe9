import { z } from 'zod';
import { EventAppender } from './append-events.js';
import { worldError } from './errors.js';
import { followEvents } from './follow.js';
import { importEvents } from './import-events.js';
import { OpenCalls } from './open-calls.js';
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

/** Largest `eventData` of one event when the options name no other, bytes: 4 MiB. */
export const DEFAULT_PAYLOAD_LIMIT_BYTES: number = 4 * 1024 * 1024;
/** Events that come back with a fence conflict at most when the options name no other. */
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
  const calls = new OpenCalls();
  const appender = new EventAppender(store, {
    payloadLimitBytes,
    missedLimit: limits.missedLimit ?? DEFAULT_MISSED_LIMIT,
  });
  const eventReads = createEventReads(store);
  let closed: Promise<void> | undefined;

  const events: Omit<Events, 'follow'> = {
    // The overloads tell that `run_created` answers with its run.
    create: ((runId, data, params) => appender.create(runId, data, params)) as Events['create'],
    createBatch: (runId, requests, params) => appender.createBatch(runId, requests, params),
    import: (runId, log) => importEvents(store, runId, log, payloadLimitBytes),
    ...eventReads,
  };
  const { runs, steps, hooks, waits } = createEntityReads(store);
  const prune: World['prune'] = async (params) => {
    const { olderThan, status, limit } = parseArgument(PruneSchema, params, '');
    const runIds = await store.prune({
      endedBefore: olderThan.getTime(),
      statuses: status === undefined ? TERMINAL_RUN_STATUSES : [status],
      limit: limit ?? DEFAULT_PRUNE_LIMIT,
    });
    return { runIds: [...runIds] };
  };

  return {
    specVersion: SPEC_VERSION,
    capabilities: store.capabilities,
    streamFlushIntervalMs: 0,
    events: {
      ...calls.guard(events),
      // Hands out an iterator, not a promise.
      follow(params) {
        calls.assertOpen();
        return followEvents(store, eventReads, params, calls);
      },
    },
    runs: calls.guard(runs),
    steps: calls.guard(steps),
    hooks: calls.guard(hooks),
    waits: calls.guard(waits),
    ...unsupported(calls),
    ...calls.guard({ prune, deleteNamespace: () => store.deleteNamespace() }),
    async start() {
      calls.assertOpen();
    },
    close() {
      closed ??= (async () => {
        await calls.close();
        await store.close();
      })();
      return closed;
    },
  };
}

type Unsupported = Omit<Queue & Streamer, 'streamFlushIntervalMs'>;

/** Queue and streams of a store that has neither; its capabilities say so. */
function unsupported(calls: OpenCalls): Unsupported {
  const refuse = (capability: 'queue' | 'streams', method: string): never => {
    calls.assertOpen();
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
