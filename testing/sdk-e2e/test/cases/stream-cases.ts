import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFolder } from '@world/app-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedApp } from '../test-sdk.js';

const CHUNKS = 100;
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** Streams that a run writes, read while it writes and afterwards. */
export function streamCases(app: OpenedApp): void {
  let folder: Awaited<ReturnType<typeof openFolder>>;
  beforeAll(async () => {
    folder = await openFolder();
  });
  afterAll(() => folder.remove());
  const all = async (runId: string, startIndex?: number): Promise<unknown[]> => {
    const chunks: unknown[] = [];
    for await (const chunk of app().chunks(runId, startIndex)) chunks.push(chunk);
    return chunks;
  };

  describe('streams', () => {
    it(`give ${CHUNKS} chunks to who reads while they are written, and afterwards`, async () => {
      const gate = join(folder.path, crypto.randomUUID());
      const runId = await app().start('streamsNumbers', CHUNKS, gate);
      const read: unknown[] = [];
      for await (const chunk of app().chunks(runId)) {
        read.push(chunk);
        // The second half is written only after the first half was read.
        if (read.length === CHUNKS / 2) await writeFile(gate, '');
      }
      expect(read).toEqual(numbers(0, CHUNKS));
      await app().result(runId);
      expect(await all(runId)).toEqual(numbers(0, CHUNKS));
      expect(await all(runId, 90)).toEqual(numbers(90, CHUNKS));
      expect(await all(runId, -5)).toEqual(numbers(95, CHUNKS));
    });

    it('go from step to step: five that change each byte', async () => {
      const bytes = 1024 * 1024;
      expect(await app().run('pipes', bytes, 5)).toEqual({ bytes, sum: 5 * bytes });
    });

    it('go from ten steps to ten others at once, and from ten steps to one', async () => {
      const bytes = 100_000;
      const each = { bytes, sum: bytes };
      expect(await app().run('pipesInParallel', 10, bytes)).toEqual(Array(10).fill(each));
      expect(await app().run('fansIn', 10, bytes)).toEqual({ bytes: 10 * bytes, sum: 0 });
    });

    it('give a chunk of a megabyte back, byte for byte', async () => {
      const length = 1024 * 1024;
      const runId = await app().start('streamsBytes', length);
      const live = all(runId);
      await app().result(runId);
      const expected = Buffer.from(numbers(0, length).map((i) => i % 251)).toString('base64');
      // Compared as one boolean: a difference of a megabyte is not to be printed.
      for (const [chunk, ...more] of [await live, await all(runId)]) {
        expect(chunk === expected).toBe(true);
        expect(more).toEqual([]);
      }
    });
  });
}
