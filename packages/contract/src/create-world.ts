import { z } from 'zod';
import { EventAppender } from './append-events.js';
import { followEvents } from './follow.js';
import { importEvents } from './import-events.js';
import { createKeyring, type EncryptionKey, EncryptionKeysSchema } from './keyring.js';
import { lookMsOf } from './look-ms.js';
import { OpenCalls } from './open-calls.js';
import { MAX_PAGE_SIZE } from './pagination.js';
import { PruneParamsSchema } from './param-schemas.js';
import { parseArgument } from './parse.js';
import { createQueue } from './queue/create-queue.js';
import { createMessages } from './queue/messages.js';
import {
  type Platform,
  type QueueSettings,
  QueueSettingsSchema,
  resolveQueueSettings,
} from './queue/settings.js';
import { createEntityReads } from './read-entities.js';
import { createEventReads } from './read-events.js';
import type { Store } from './store.js';
import { createChunks } from './streams/chunks.js';
import { createStreamer } from './streams/create-streamer.js';
import { TERMINAL_RUN_STATUSES } from './transitions.js';
import type { Events, World } from './world.js';

/** Highest spec version of `@workflow/world@4.5.0`: event-sourced runs, CBOR queue transport. */
export const SPEC_VERSION = 3;

/** Largest `eventData` of one event, and chunk of a stream, when the options name no other, bytes: 4 MiB. */
export const DEFAULT_PAYLOAD_LIMIT_BYTES: number = 4 * 1024 * 1024;
/** Events that come back with a fence conflict at most when the options name no other. */
export const DEFAULT_MISSED_LIMIT = 100;

/** Options that every world takes. */
export interface WorldOptions {
  /** Largest `eventData` of one event, and largest chunk of a stream, in bytes; 4 MiB when not given. */
  payloadLimitBytes?: number | undefined;
  /** Events that come back with a fence conflict at most; 100 when not given. */
  missedLimit?: number | undefined;
  /** How messages are delivered. */
  queue?: QueueSettings | undefined;
  /** What payloads of runs are encrypted with; `WORKFLOW_WORLD_KEYS` when not given, and nothing is when that is not set either. */
  encryptionKeys?: readonly EncryptionKey[] | undefined;
}

const WorldOptionsSchema = z.object({
  payloadLimitBytes: z.number().int().min(1).optional(),
  missedLimit: z.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
  queue: QueueSettingsSchema.optional(),
  encryptionKeys: EncryptionKeysSchema.optional(),
});

const DEFAULT_PRUNE_LIMIT = 100;

/**
 * Makes a World of a store: validation, defaults, pages, error mapping and `resolveData`, for every adapter alike.
 * @throws INVALID_ARGUMENT for bad options.
 */
export function createWorld(store: Store, options: WorldOptions = {}, platform?: Platform): World {
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
    const { olderThan, status, limit } = parseArgument(PruneParamsSchema, params, '');
    const runIds = await store.prune({
      endedBefore: olderThan.getTime(),
      statuses: status === undefined ? TERMINAL_RUN_STATUSES : [status],
      limit: limit ?? DEFAULT_PRUNE_LIMIT,
    });
    return { runIds: [...runIds] };
  };

  const lookMs = lookMsOf(store.capabilities);
  const messages = createMessages(store.messages, payloadLimitBytes, calls);
  const { queue, ...running } = createQueue({
    messages: store.messages,
    runs,
    settings: resolveQueueSettings(limits.queue, platform),
    payloadLimitBytes,
    lookMs,
    calls,
  });

  return {
    specVersion: SPEC_VERSION,
    capabilities: store.capabilities,
    events: {
      ...calls.guard(events),
      // Hands out an iterator, not a promise.
      follow(params) {
        calls.assertOpen();
        return followEvents(store, eventReads, params, calls, lookMs);
      },
    },
    runs: calls.guard(runs),
    steps: calls.guard(steps),
    hooks: calls.guard(hooks),
    waits: calls.guard(waits),
    ...queue,
    messages,
    chunks: createChunks(store.streams, payloadLimitBytes, calls),
    ...createStreamer({ store: store.streams, calls, payloadLimitBytes, lookMs }),
    ...calls.guard(createKeyring(limits.encryptionKeys)),
    ...calls.guard({ prune, deleteNamespace: () => store.deleteNamespace() }),
    async start() {
      calls.assertOpen();
      await running.start();
    },
    close() {
      closed ??= (async () => {
        // Deliveries under way still call this world.
        const drained = running.close();
        if (drained !== undefined) await drained;
        await calls.close();
        await store.close();
      })();
      return closed;
    },
  };
}
