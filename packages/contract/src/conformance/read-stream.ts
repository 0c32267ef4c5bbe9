import assert from 'node:assert/strict';
import type { StreamChunk } from '../streams.js';
import type { World } from '../world.js';
import { moving } from './within.js';

/** Readings of streams that many tests share. */

export type ChunkReader = ReadableStreamDefaultReader<Uint8Array>;

export async function openReader(
  world: World,
  name: string,
  startIndex?: number,
): Promise<ChunkReader> {
  return (await world.readFromStream(name, startIndex)).getReader();
}

export const textOf = (chunk: Uint8Array): string => new TextDecoder().decode(chunk);

/** The next `count` chunks of a reader, as text. */
export function takeChunks(reader: ChunkReader, count: number): Promise<string[]> {
  const texts: string[] = [];
  const take = async (moved: () => void): Promise<string[]> => {
    while (texts.length < count) {
      const { done, value } = await reader.read();
      assert.ok(!done, `the reader ended after ${texts.length} of ${count} chunks`);
      texts.push(textOf(value));
      moved();
    }
    return texts;
  };
  return moving(take, () => `${texts.length} of ${count} chunks`);
}

/** All chunks of a reader to its end, as text. */
export function restOf(reader: ChunkReader): Promise<string[]> {
  const texts: string[] = [];
  const read = async (moved: () => void): Promise<string[]> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return texts;
      texts.push(textOf(value));
      moved();
    }
  };
  return moving(read, () => `${texts.length} chunks and no end`);
}

/** A stream from a position to its end, as text. */
export async function readStream(
  world: World,
  name: string,
  startIndex?: number,
): Promise<string[]> {
  return restOf(await openReader(world, name, startIndex));
}

/** The chunks that are there, page by page. */
export async function listChunks(
  world: World,
  name: string,
  runId: string,
  limit = 1000,
): Promise<StreamChunk[]> {
  const chunks: StreamChunk[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await world.getStreamChunks(name, runId, { limit, cursor });
    chunks.push(...page.data);
    assert.equal(page.cursor !== null, page.hasMore, 'a cursor says that more follows');
    if (page.cursor === null) return chunks;
    assert.ok(page.data.length > 0, 'a page makes progress');
    cursor = page.cursor;
  }
}

/** Texts that tell where they stand: `a-0`, `a-1`, …. */
export const texts = (count: number, prefix = 'chunk'): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
