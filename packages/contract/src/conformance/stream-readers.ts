import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { expectRefused } from './expect.js';
import { uniqueId } from './given.js';
import {
  type ChunkReader,
  openReader,
  readStream,
  restOf,
  takeChunks,
  texts,
} from './read-stream.js';
import type { ConformanceTest } from './types.js';
import { later, within } from './within.js';

const given = (): { name: string; runId: string } => ({
  name: uniqueId('stream'),
  runId: createRunId(),
});

const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** Fails when the reader gives a chunk, or ends, while other calls are answered; `next` is the chunk to come. */
async function expectPending(
  world: World,
  reader: ChunkReader,
): Promise<{ readonly next: Promise<string[]> }> {
  let settled = false;
  const next = later(
    takeChunks(reader, 1).finally(() => {
      settled = true;
    }),
  );
  for (let i = 0; i < 20; i += 1) {
    await world.getStreamInfo('another', createRunId());
    await turn();
  }
  assert.equal(settled, false, 'the reader waits');
  return { next };
}

/** Live readers: exactly the chunks from their start to the end, in order, whoever writes them. */
export const streamReaderTests: readonly ConformanceTest[] = [
  {
    id: 'C2-live-readers',
    title:
      'C2 ST1 readers on two instances, from before the first write on, get what writers on both write, each once, in one order',
    needs: ['streams'],
    async run({ world, open }) {
      const instances = [world, await open()];
      const { name, runId } = given();
      const readers: Promise<string[]>[] = [];
      const read = (): void => {
        for (const one of instances) readers.push(later(readStream(one, name)));
      };
      read();
      await Promise.all(
        texts(4, 'writer').map(async (prefix, i) => {
          const writer = instances[i % 2] ?? world;
          for (const [j, text] of texts(50, prefix).entries()) {
            await writer.writeToStream(name, runId, text);
            if (j % 20 === 19) read();
          }
        }),
      );
      await world.closeStream(name, runId);
      const [first = [], ...others] = await Promise.all(readers);
      assert.equal(first.length, 200);
      for (const one of others) assert.deepEqual(one, first);
      for (const prefix of texts(4, 'writer')) {
        const own = first.filter((text) => text.startsWith(`${prefix}-`));
        assert.deepEqual(own, texts(50, prefix));
      }
    },
  },
  {
    id: 'C2-one-by-one',
    title: 'C2 ST1 a reader that waits gets each chunk as it is written, through either instance',
    needs: ['streams'],
    async run({ world, open }) {
      const instances = [world, await open()];
      const { name, runId } = given();
      const readers = await Promise.all(instances.map((one) => openReader(one, name)));
      for (const [i, text] of texts(20).entries()) {
        const pending = readers.map((reader) => later(takeChunks(reader, 1)));
        await (instances[i % 2] ?? world).writeToStream(name, runId, text);
        assert.deepEqual(await Promise.all(pending), [[text], [text]]);
      }
      const ends = readers.map((reader) => later(restOf(reader)));
      await world.closeStream(name, runId);
      assert.deepEqual(await Promise.all(ends), [[], []]);
    },
  },
  {
    id: 'C2-start',
    title: 'C2 ST1 a reader starts where it is told to; negative: that many before the present end',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      const early = await openReader(other, name, -3);
      await world.writeToStreamMulti(name, runId, texts(10));
      const late = await openReader(other, name, -3);
      const readers: (readonly [number, ChunkReader])[] = [
        [0, early],
        [7, late],
      ];
      for (const [start, first] of [
        [0, 0],
        [4, 4],
        [9, 9],
        [10, 10],
        [11, 11],
        [-1, 9],
        [-10, 0],
        [-11, 0],
        [-1000, 0],
      ] as const) {
        readers.push([first, await openReader(other, name, start)]);
      }
      await world.writeToStreamMulti(name, runId, texts(12).slice(10));
      await world.closeStream(name, runId);
      for (const [first, reader] of readers) {
        assert.deepEqual(await restOf(reader), texts(12).slice(first));
      }
      assert.deepEqual(await readStream(other, name, -2), texts(12).slice(10));
    },
  },
  {
    id: 'C3-waits',
    title: 'C3 a reader waits for a stream, and for a position, that is not there yet',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      const fromStart = await expectPending(other, await openReader(other, name));
      const ahead = await openReader(other, name, 2);
      const fromTwo = await expectPending(other, ahead);
      await world.writeToStream(name, runId, 'zero');
      assert.deepEqual(await fromStart.next, ['zero']);
      await world.writeToStreamMulti(name, runId, ['one', 'two', 'three']);
      assert.deepEqual(await fromTwo.next, ['two']);
      assert.deepEqual(await takeChunks(ahead, 1), ['three']);
      await ahead.cancel();
    },
  },
  {
    id: 'C3-exact-end',
    title: 'C3 a reader ends when the stream has ended and all of it is given, not before',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      await world.writeToStreamMulti(name, runId, texts(5));
      const readers = await Promise.all([world, other].map((one) => openReader(one, name)));
      for (const reader of readers) assert.deepEqual(await takeChunks(reader, 5), texts(5));
      const waiting = await openReader(other, name, 5);
      const last = await expectPending(other, waiting);
      await other.writeToStream(name, runId, 'last');
      assert.deepEqual(await last.next, ['last']);
      const ends = [...readers, waiting].map((reader) => later(restOf(reader)));
      await world.closeStream(name, runId);
      assert.deepEqual(await Promise.all(ends), [['last'], ['last'], []]);
      for (const [start, count] of [
        [0, 6],
        [5, 1],
        [6, 0],
        [100, 0],
        [-6, 6],
      ] as const) {
        assert.equal((await readStream(other, name, start)).length, count);
      }
    },
  },
  {
    id: 'C6-slow-reader',
    title: 'C6 a reader that stops reading holds up nobody, and goes on where it stopped',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      await world.writeToStream(name, runId, 'chunk-0');
      const slow = await openReader(other, name);
      assert.deepEqual(await takeChunks(slow, 1), ['chunk-0']);
      const quick = later(readStream(other, name));
      for (let i = 1; i < 1501; i += 500) {
        await world.writeToStreamMulti(name, runId, texts(1501).slice(i, i + 500));
      }
      await world.closeStream(name, runId);
      assert.deepEqual(await quick, texts(1501));
      assert.deepEqual(await restOf(slow), texts(1501).slice(1));
    },
  },
  {
    id: 'C6-long-stream',
    title: 'C6 a reader of 3,000 chunks lets timers and other calls run in between',
    needs: ['streams'],
    async run({ world }) {
      const { name, runId } = given();
      for (let i = 0; i < 3; i += 1) await world.writeToStreamMulti(name, runId, texts(1000));
      await world.closeStream(name, runId);
      const reader = await openReader(world, name);
      await takeChunks(reader, 1);
      const stopped = new AbortController();
      setImmediate(() => stopped.abort());
      for (let given = 1; given < 3000 && !stopped.signal.aborted; given += 1) await reader.read();
      await reader.cancel();
      assert.ok(stopped.signal.aborted, 'nothing else ran until the stream was read');
    },
  },
  {
    id: 'C6-cancelled-readers',
    title:
      'C6 ST4 1,000 readers that are opened and cancelled leave no timer, and the world closes at once',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      await world.writeToStreamMulti(name, runId, texts(3));
      await other.getStreamInfo(name, runId);
      const before = timers();
      const reads: Promise<unknown>[] = [];
      const readers: ChunkReader[] = [];
      for (let i = 0; i < 1000; i += 1) {
        // Some wait, some have taken a chunk and stopped, some have not begun.
        const reader = await openReader(other, i % 2 === 0 ? name : `${name}-none`, i % 4);
        readers.push(reader);
        if (i % 5 !== 0) reads.push(reader.read());
      }
      const answered = later(Promise.all(reads));
      await takeChunks(await openReader(other, name), 3);
      await Promise.all(readers.map((reader) => reader.cancel()));
      await within(answered, () => 'reads of cancelled readers are not answered');
      // The deadline and the test's own runner have timers, too.
      const settled = async (): Promise<void> => {
        while (timers() > before + 5) await turn();
      };
      await within(settled(), () => `${timers()} timers, before ${before}`, 5000);
      await within(other.close(), () => 'the world is not closed', 2000);
    },
  },
  {
    id: 'C6-closed-world',
    title:
      'C6 ST4 LI1 close() ends readers with WORLD_CLOSED, and does not wait for chunks to come',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      await world.writeToStreamMulti(name, runId, texts(5));
      const readers = await Promise.all(
        [0, 5, 100].map((startIndex) => openReader(other, name, startIndex)),
      );
      const absent = await openReader(other, `${name}-none`);
      const idle = await openReader(other, name);
      await takeChunks(idle, 2);
      const [all] = readers;
      if (all !== undefined) await takeChunks(all, 5);
      const ends = [...readers, absent].map((reader) =>
        later(expectRefused('WORLD_CLOSED', () => reader.read())),
      );
      await turn();
      await within(other.close(), () => 'the world is not closed', 2000);
      await Promise.all(ends);
      await expectRefused('WORLD_CLOSED', () => idle.read());
      await world.closeStream(name, runId);
      assert.deepEqual(await readStream(world, name), texts(5), 'the other instance goes on');
    },
  },
];
