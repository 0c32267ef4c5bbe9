import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRunId } from '../run-id.js';
import { uniqueId } from './given.js';
import { readStream, texts } from './read-stream.js';
import type { ConformanceTest } from './types.js';
import { later } from './within.js';

/** After how many acknowledged writes each writer is killed: random, and the same in every run. */
const KILLS = fc.sample(fc.integer({ min: 1, max: 40 }), { seed: 20_261_101, numRuns: 6 });

/** Chunks of a Multi. */
const MULTI = 3;

/** Streams that several processes write and read, and one of them dies. */
export const streamProcessTests: readonly ConformanceTest[] = [
  {
    id: 'C2-processes',
    title:
      'C2 ST1 2 processes write a stream, 2 others and this one read it live: all get the same',
    needs: ['streams', 'shared'],
    async run({ world, processes }) {
      const name = uniqueId('stream');
      const runId = createRunId();
      const prefixes = ['a', 'b'];
      const readers = await Promise.all(
        [0, 100].map((startIndex) => processes.start('readStream', { name, startIndex })),
      );
      const writers = await Promise.all(
        prefixes.map((prefix) =>
          processes.start('writeStream', { name, runId, prefix, multi: MULTI, count: 100 }),
        ),
      );
      const own = later(readStream(world, name));
      for (const one of [...readers, ...writers]) one.go();
      await Promise.all(writers.map((writer) => writer.result()));
      await world.closeStream(name, runId);
      const all = await own;
      assert.equal(all.length, 2 * 100 * MULTI);
      assert.deepEqual(await readers[0]?.result(), all);
      assert.deepEqual(await readers[1]?.result(), all.slice(100));
      for (const prefix of prefixes) {
        assert.deepEqual(
          all.filter((text) => text.startsWith(prefix)),
          texts(100, prefix).flatMap((write) => texts(MULTI, write)),
        );
      }
    },
  },
  {
    id: 'C8-killed-writers',
    title:
      'C1 C8 of killed writers every acknowledged write is there, in order, no Multi by half, and a write that is sent again once',
    needs: ['streams', 'shared', 'durable'],
    async run({ world, processes }) {
      const name = uniqueId('stream');
      const runId = createRunId();
      const live = later(readStream(world, name));
      const expected: string[] = [];
      for (const [kill, progress] of KILLS.entries()) {
        const prefix = `writer-${kill}`;
        const worker = await processes.start('writeStream', {
          name,
          runId,
          prefix,
          multi: MULTI,
          count: 1_000_000,
        });
        worker.go();
        await worker.progressed(progress);
        await worker.kill();
        const acknowledged = worker.progress.length;
        assert.ok(acknowledged >= progress);
        // Whether or not the dead writer's last write came through, it is there once after this.
        const chunks = texts(MULTI, `${prefix}-${acknowledged}`);
        await world.writeToStreamMulti(name, runId, chunks, {
          writer: { id: prefix, seq: acknowledged + 1 },
        });
        const { tailIndex } = await world.getStreamInfo(name, runId);
        const writes = (tailIndex + 1 - expected.length) / MULTI;
        assert.ok(Number.isInteger(writes) && writes > acknowledged, `${writes} whole writes`);
        expected.push(...texts(writes, prefix).flatMap((write) => texts(MULTI, write)));
      }
      await world.closeStream(name, runId);
      assert.deepEqual(await readStream(world, name), expected);
      assert.deepEqual(await live, expected);
    },
  },
];
