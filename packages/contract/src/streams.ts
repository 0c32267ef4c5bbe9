import { z } from 'zod';
import { MAX_PAGE_SIZE } from './pagination.js';

/** Live streams of a run, as `@workflow/world@4.5.0` has them. Stream names are global; one write is one chunk. */

/** One write to a stream. */
export interface StreamChunk {
  /** 0-based position. */
  index: number;
  data: Uint8Array;
}

/** Which page of chunks. */
export interface GetChunksOptions {
  /** 1 to 1000; 100 when not given. */
  limit?: number;
  cursor?: string;
}

/** Checks the options of a page of chunks. */
export const GetChunksOptionsSchema: z.ZodType<GetChunksOptions> = z.object({
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE).exactOptional(),
  cursor: z.string().exactOptional(),
});

/** A page of chunks, oldest first; `cursor` is null when nothing follows. */
export interface StreamChunksResponse {
  data: StreamChunk[];
  cursor: string | null;
  hasMore: boolean;
  /** The stream is closed, no chunk will follow. */
  done: boolean;
}

/** How far a stream is. */
export interface StreamInfo {
  /** Index of the last chunk; -1 when there is none. */
  tailIndex: number;
  done: boolean;
}

/** All of it throws `NOT_SUPPORTED` when `capabilities.streams` is false. */
export interface Streamer {
  /** ms that a client may buffer chunks; 0, since a write here costs less than the wait. */
  readonly streamFlushIntervalMs: number;
  writeToStream(name: string, runId: string, chunk: string | Uint8Array): Promise<void>;
  writeToStreamMulti(name: string, runId: string, chunks: (string | Uint8Array)[]): Promise<void>;
  closeStream(name: string, runId: string): Promise<void>;
  /** From the chunk at `startIndex` on; negative: that many before the present end. */
  readFromStream(name: string, startIndex?: number): Promise<ReadableStream<Uint8Array>>;
  listStreamsByRunId(runId: string): Promise<string[]>;
  getStreamChunks(
    name: string,
    runId: string,
    options?: GetChunksOptions,
  ): Promise<StreamChunksResponse>;
  getStreamInfo(name: string, runId: string): Promise<StreamInfo>;
}
