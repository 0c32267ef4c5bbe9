import { z } from 'zod';
import { invalidArgument, worldError } from '../errors.js';
import type { OpenCalls } from '../open-calls.js';
import { decodeCursor, encodeCursor } from '../pagination.js';
import { parseArgument } from '../parse.js';
import { assertKeys } from '../read-params.js';
import {
  GetChunksOptionsSchema,
  type Streamer,
  type StreamWriteOptions,
  StreamWriteOptionsSchema,
} from '../streams.js';
import { refuseStreams } from './refuse-streams.js';
import { encodeChunk, encodeChunks } from './stream-chunk.js';
import { createStreamReader } from './stream-reader.js';
import type { StreamStore } from './stream-store.js';

const StartIndexSchema = z.number().int();

const DEFAULT_CHUNKS_PAGE = 100;

/** Bounds what a page of chunks takes in memory; a chunk that is larger comes alone. */
const CHUNKS_PAGE_BYTES = 4 * 1024 * 1024;

export interface StreamerOptions {
  /** Absent: the store has no streams. */
  readonly store: StreamStore | undefined;
  readonly calls: OpenCalls;
  readonly payloadLimitBytes: number;
  /** How long a reader waits for a notification before it looks by itself. */
  readonly lookMs: number;
}

/** The streams of a world: validation, pages, errors and live readers, for every store alike. */
export function createStreamer(options: StreamerOptions): Streamer {
  const { store, calls, payloadLimitBytes, lookMs } = options;
  if (store === undefined) return refuseStreams(calls);

  const write = async (
    name: string,
    runId: string,
    chunks: readonly Uint8Array[],
    end: boolean,
    params: StreamWriteOptions | undefined,
  ): Promise<void> => {
    const { writer } = parseArgument(StreamWriteOptionsSchema, params ?? {}, 'options');
    if (chunks.length === 0 && !end) return;
    const outcome = await store.write({ name, runId, chunks, end, ...(writer && { writer }) });
    if (outcome !== 'ended' || end) return;
    throw worldError('STREAM_CLOSED', `stream ${name} has ended`, { details: { name } });
  };

  const streams: Omit<Streamer, 'streamFlushIntervalMs'> = {
    async writeToStream(name, runId, chunk, params) {
      assertKeys({ name, runId });
      await write(name, runId, [encodeChunk(chunk, 'chunk', payloadLimitBytes)], false, params);
    },

    async writeToStreamMulti(name, runId, chunks, params) {
      assertKeys({ name, runId });
      await write(name, runId, encodeChunks(chunks, 'chunks', payloadLimitBytes), false, params);
    },

    async closeStream(name, runId, params) {
      assertKeys({ name, runId });
      await write(name, runId, [], true, params);
    },

    async readFromStream(name, startIndex) {
      assertKeys({ name });
      const start = parseArgument(StartIndexSchema, startIndex ?? 0, 'startIndex');
      const { length } = start < 0 ? await store.state(name) : { length: 0 };
      return createStreamReader({
        store,
        calls,
        name,
        from: start < 0 ? Math.max(0, length + start) : start,
        seen: length,
        lookMs,
      });
    },

    async listStreamsByRunId(runId) {
      assertKeys({ runId });
      return [...(await store.namesOf(runId))].sort();
    },

    async getStreamChunks(name, runId, params) {
      assertKeys({ name, runId });
      const { limit, cursor } = parseArgument(GetChunksOptionsSchema, params ?? {}, 'options');
      const scope = ['chunks', name];
      const from = cursor === undefined ? 0 : positionOf(scope, cursor);
      const { chunks, length, ended } = await store.read({
        name,
        from,
        limit: limit ?? DEFAULT_CHUNKS_PAGE,
        maxBytes: CHUNKS_PAGE_BYTES,
      });
      const next = from + chunks.length;
      const hasMore = chunks.length > 0 && next < length;
      return {
        data: chunks.map((data, i) => ({ index: from + i, data })),
        cursor: hasMore ? encodeCursor(scope, [next]) : null,
        hasMore,
        done: ended && next >= length,
      };
    },

    async getStreamInfo(name, runId) {
      assertKeys({ name, runId });
      const { length, ended } = await store.state(name);
      return { tailIndex: length - 1, done: ended };
    },
  };
  return { streamFlushIntervalMs: 0, ...calls.guard(streams) };
}

/** The position that a cursor of this stream stands for. */
function positionOf(scope: readonly string[], cursor: string): number {
  const [position] = decodeCursor(scope, cursor, ['number'], 'options.cursor');
  const from = Number(position);
  if (Number.isSafeInteger(from) && from > 0) return from;
  throw invalidArgument('options.cursor', 'was not given by this list');
}
