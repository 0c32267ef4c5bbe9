import assert from 'node:assert/strict';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { uniqueId } from './given.js';
import { listChunks, readStream, textOf, texts } from './read-stream.js';
import type { ConformanceTest } from './types.js';
import { later, within } from './within.js';

const MIB = 1024 * 1024;

/** A chunk of 1 MiB that no other position has. */
const large = (index: number): Uint8Array => {
  const words = new Uint32Array(MIB / 4);
  for (const at of words.keys()) words[at] = index * 0x01000193 + at;
  return new Uint8Array(words.buffer);
};

/** Compares chunks as they come, and keeps none. */
async function expectLarge(world: World, name: string, from: number): Promise<number> {
  let index = from < 0 ? 64 + from : from;
  for await (const chunk of await world.readFromStream(name, from)) {
    assert.ok(Buffer.from(large(index)).equals(chunk), `chunk ${index} is as it was written`);
    index += 1;
  }
  return index;
}

/** Nothing is capped, trimmed or merged. */
export const streamLoadTests: readonly ConformanceTest[] = [
  {
    id: 'C5-20000-chunks',
    title: 'C5 ST3 20,000 chunks come back whole, live and afterwards, by readers and by pages',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const name = uniqueId('stream');
      const runId = createRunId();
      const live = later(readStream(other, name));
      const expected = texts(20_000);
      for (let i = 0; i < expected.length; i += 400) {
        await world.writeToStreamMulti(name, runId, expected.slice(i, i + 400));
      }
      await world.closeStream(name, runId);
      assert.deepEqual(await live, expected);
      assert.deepEqual(await readStream(other, name, -12_345), expected.slice(-12_345));
      const listed = await listChunks(other, name, runId);
      assert.deepEqual(
        listed.map(({ data }) => textOf(data)),
        expected,
      );
      assert.deepEqual(await world.getStreamInfo(name, runId), { tailIndex: 19_999, done: true });
    },
  },
  {
    id: 'C5-64-mib',
    title: 'C5 ST3 a stream of 64 chunks of 1 MiB is read by several readers, live and afterwards',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const name = uniqueId('stream');
      const runId = createRunId();
      const live = [
        later(expectLarge(world, name, 0)),
        later(expectLarge(other, name, 0)),
        later(expectLarge(other, name, 60)),
      ];
      for (let i = 0; i < 64; i += 1) await world.writeToStream(name, runId, large(i));
      await world.closeStream(name, runId);
      const after = [expectLarge(other, name, 0), expectLarge(world, name, -1)];
      const ends = within(Promise.all([...live, ...after]), () => 'not read', 60_000);
      assert.deepEqual(await ends, [64, 64, 64, 64, 64]);
    },
  },
];
