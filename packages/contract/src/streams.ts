import { z } from 'zod';
import { MAX_PAGE_SIZE } from './pagination.js';
import type { StreamWriter } from './streams/stream-store.js';
import { KeySchema } from './values.js';

/**
 * Live streams of a run, as `@workflow/world@4.5.0` has them. Stream names are global in a namespace; one write is one
 * chunk.
 */

/** One write to a stream. */
export interface StreamChunk {
  /** 0-based position. */
  index: number;
  data: Uint8Array;
}

/** Which page of chunks. */
export interface GetChunksOptions {
  /** 1 to 1000; 100 when not given. */
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** Checks the options of a page of chunks. */
export const GetChunksOptionsSchema: z.ZodType<GetChunksOptions> = z.object({
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
  cursor: z.string().optional(),
});

/** A page of chunks, oldest first, of at most 4 MiB unless one chunk is larger; `cursor` is null when nothing follows. */
export interface StreamChunksResponse {
  data: StreamChunk[];
  cursor: string | null;
  hasMore: boolean;
  /** The stream has ended, and its last chunk is in this page or before it. */
  done: boolean;
}

/** How far a stream is. */
export interface StreamInfo {
  /** Index of the last chunk; -1 when there is none. */
  tailIndex: number;
  done: boolean;
}

/** Makes a write safe to send again after its answer was lost. */
export interface StreamWriteOptions {
  /**
   * The writer, and the number of this write, which ascends from 1. A write whose number is
   * not above the writer's last one has been made already: it is acknowledged, and nothing is written.
   */
  writer?: StreamWriter | undefined;
}

/** Checks who writes. */
export const StreamWriterSchema: z.ZodType<StreamWriter> = z.strictObject({
  id: KeySchema,
  seq: z.number().int().min(1),
});

/** Checks the options of a write; a name that is not known is refused, lest a misspelt one doubles chunks. */
export const StreamWriteOptionsSchema: z.ZodType<StreamWriteOptions> = z.strictObject({
  writer: StreamWriterSchema.optional(),
});

/**
 * Streams of chunks. A stream is made by its first write or its end, and belongs to the run of that call: it is removed
 * with it. The run need not exist. A chunk has `payloadLimitBytes` at most.
 * All of it throws INVALID_ARGUMENT for malformed arguments, and NOT_SUPPORTED when `capabilities.streams` is false.
 */
export interface Streamer {
  /** ms that a client may buffer chunks; 0, since a write here costs less than the wait. */
  readonly streamFlushIntervalMs: number;
  /** Appends one chunk, text as UTF-8. @throws STREAM_CLOSED when the stream has ended. */
  writeToStream(
    name: string,
    runId: string,
    chunk: string | Uint8Array,
    options?: StreamWriteOptions,
  ): Promise<void>;
  /** Appends chunks in order and in one commit, all or none; without chunks it does nothing. @throws STREAM_CLOSED */
  writeToStreamMulti(
    name: string,
    runId: string,
    chunks: (string | Uint8Array)[],
    options?: StreamWriteOptions,
  ): Promise<void>;
  /** Ends the stream; one that was never written is then an empty one. To end it twice is no error. */
  closeStream(name: string, runId: string, options?: StreamWriteOptions): Promise<void>;
  /**
   * The chunks from `startIndex` on, in order, and those to come, as one chunk per read; it ends when the stream has
   * ended. Negative: that many before the present end, at least 0. A stream, or a position, that is not there yet is
   * waited for. It reads on only when its consumer asks for more. A consumer that wants no more must cancel it.
   *
   * Reading fails with WORLD_CLOSED when the world is closed, with STREAM_REMOVED when the stream was removed under its
   * reader, and with the store's error when that fails. What was removed before the reader has seen anything of it is
   * waited for.
   */
  readFromStream(name: string, startIndex?: number): Promise<ReadableStream<Uint8Array>>;
  /** Names of the streams of a run, ascending; empty when there are none. */
  listStreamsByRunId(runId: string): Promise<string[]>;
  /** The chunks that are there, page by page; none of an absent stream. */
  getStreamChunks(
    name: string,
    runId: string,
    options?: GetChunksOptions,
  ): Promise<StreamChunksResponse>;
  /** An absent stream has `tailIndex` -1, and is not done. */
  getStreamInfo(name: string, runId: string): Promise<StreamInfo>;
}
