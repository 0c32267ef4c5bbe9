import assert from 'node:assert/strict';
import { WorldError } from '../errors.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { expectRefused } from './expect.js';
import { uniqueId } from './given.js';
import { listChunks, openReader, readStream, takeChunks, textOf, texts } from './read-stream.js';
import type { ConformanceTest } from './types.js';

const MIB = 1024 * 1024;

const given = (): { name: string; runId: string } => ({
  name: uniqueId('stream'),
  runId: createRunId(),
});

async function bytesOf(world: World, name: string): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await world.readFromStream(name)) chunks.push(chunk);
  return chunks;
}

function assertSameBytes(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  assert.deepEqual(
    actual.map((chunk) => Buffer.from(chunk).toString('base64')),
    expected.map((chunk) => Buffer.from(chunk).toString('base64')),
  );
}

/** Writing streams, and what is told of them. */
export const streamTests: readonly ConformanceTest[] = [
  {
    id: 'C1-exact-chunks',
    title: 'C1 one write is one chunk, byte for byte: text, bytes, parts of buffers, empty ones',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      const every = Uint8Array.from({ length: 256 }, (_, i) => i);
      const chunks = [
        'é😀\0',
        '',
        new Uint8Array(0),
        every,
        Buffer.from('abcdef').subarray(2, 4),
        new Uint8Array(300_000).fill(7),
      ];
      for (const [i, chunk] of chunks.entries()) {
        await (i % 2 === 0 ? world : other).writeToStream(name, runId, chunk);
      }
      await world.writeToStreamMulti(name, runId, chunks);
      await world.closeStream(name, runId);
      const expected = [...chunks, ...chunks].map((chunk) => Uint8Array.from(Buffer.from(chunk)));
      for (const reader of [world, other]) {
        assertSameBytes(await bytesOf(reader, name), expected);
        const listed = await listChunks(reader, name, runId);
        assert.deepEqual(
          listed.map(({ index }) => index),
          expected.map((_, i) => i),
        );
        assertSameBytes(
          listed.map(({ data }) => data),
          expected,
        );
      }
    },
  },
  {
    id: 'C1-copied',
    title: 'C1 what callers do to the bytes they wrote or read changes no chunk',
    needs: ['streams'],
    async run({ world }) {
      const { name, runId } = given();
      const bytes = new TextEncoder().encode('first');
      const more = new TextEncoder().encode('again');
      const written = world.writeToStream(name, runId, bytes);
      bytes.fill(0);
      await written;
      const both = world.writeToStreamMulti(name, runId, [more, more]);
      more.fill(0);
      await both;
      await world.closeStream(name, runId);
      for (const chunk of await bytesOf(world, name)) chunk.fill(0);
      for (const { data } of await listChunks(world, name, runId)) data.fill(0);
      assert.deepEqual(await readStream(world, name), ['first', 'again', 'again']);
    },
  },
  {
    id: 'C1-neighbours',
    title:
      'C1 chunks of one Multi are neighbours, whoever else writes; an empty one writes nothing',
    needs: ['streams'],
    async run({ world, open }) {
      const { name, runId } = given();
      const instances = [world, await open()];
      await world.writeToStreamMulti(name, runId, []);
      assert.deepEqual(await world.listStreamsByRunId(runId), [], 'nothing was made');
      const writers = texts(8, 'writer').map(async (prefix, i) => {
        const writer = instances[i % 2] ?? world;
        for (let j = 0; j < 10; j += 1) {
          await writer.writeToStreamMulti(name, runId, texts(5, `${prefix}-${j}`));
        }
      });
      await Promise.all(writers);
      await world.closeStream(name, runId);
      const chunks = await readStream(world, name);
      assert.equal(chunks.length, 8 * 10 * 5);
      const groups = chunks.flatMap((chunk, i) => (i % 5 === 0 ? chunk.slice(0, -2) : []));
      assert.deepEqual(
        chunks,
        groups.flatMap((group) => texts(5, group)),
        'neighbours',
      );
      for (const prefix of texts(8, 'writer')) {
        const own = groups.filter((group) => group.startsWith(`${prefix}-`));
        assert.deepEqual(own, texts(10, prefix), 'in the order of acknowledged writes');
      }
    },
  },
  {
    id: 'C4-closed',
    title: 'C4 ST2 after the end writes are STREAM_CLOSED and leave nothing, from any instance',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      await world.writeToStream(name, runId, 'last');
      await world.closeStream(name, runId);
      for (const one of [world, other]) {
        await expectRefused('STREAM_CLOSED', () => one.writeToStream(name, runId, 'late'));
        await expectRefused('STREAM_CLOSED', () => one.writeToStreamMulti(name, runId, ['late']));
        await one.writeToStreamMulti(name, runId, []);
        await one.closeStream(name, runId);
        assert.deepEqual(await one.getStreamInfo(name, runId), { tailIndex: 0, done: true });
        assert.deepEqual(await readStream(one, name), ['last']);
      }
    },
  },
  {
    id: 'C4-closed-meanwhile',
    title: 'C4 ST2 of writes that race the end those that are acknowledged are there, the rest not',
    needs: ['streams'],
    async run({ world, open }) {
      const instances = [world, await open()];
      for (let round = 0; round < 10; round += 1) {
        const { name, runId } = given();
        const acknowledged: string[] = [];
        const writes = texts(40).map(async (text, i) => {
          const one = instances[i % 2] ?? world;
          if (i === 20) await one.closeStream(name, runId);
          try {
            await one.writeToStream(name, runId, text);
            acknowledged.push(text);
          } catch (error) {
            assert.ok(WorldError.is(error, 'STREAM_CLOSED'), String(error));
          }
        });
        await Promise.all(writes);
        assert.deepEqual((await readStream(world, name)).sort(), acknowledged.sort());
      }
    },
  },
  {
    id: 'C4-empty',
    title: 'C4 to end a stream that was never written makes an empty one',
    needs: ['streams'],
    async run({ world }) {
      const { name, runId } = given();
      await world.closeStream(name, runId);
      assert.deepEqual(await world.getStreamInfo(name, runId), { tailIndex: -1, done: true });
      assert.deepEqual(await readStream(world, name), []);
      assert.deepEqual(await world.listStreamsByRunId(runId), [name]);
      await expectRefused('STREAM_CLOSED', () => world.writeToStream(name, runId, 'late'));
    },
  },
  {
    id: 'C7-info',
    title: 'C7 getStreamInfo tells the last index and the end, of an absent stream -1 and no end',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { name, runId } = given();
      const expectInfo = async (tailIndex: number, done: boolean): Promise<void> => {
        for (const one of [world, other]) {
          assert.deepEqual(await one.getStreamInfo(name, runId), { tailIndex, done });
        }
      };
      await expectInfo(-1, false);
      await world.writeToStream(name, runId, '');
      await expectInfo(0, false);
      await other.writeToStreamMulti(name, runId, texts(9));
      await expectInfo(9, false);
      await other.closeStream(name, runId);
      await expectInfo(9, true);
    },
  },
  {
    id: 'C7-pages',
    title: 'C7 pages hold every chunk once, 100 by default, and only the last one may say done',
    needs: ['streams'],
    async run({ world }) {
      const { name, runId } = given();
      const nothing = { data: [], cursor: null, hasMore: false, done: false };
      assert.deepEqual(await world.getStreamChunks(name, runId), nothing);
      await world.writeToStreamMulti(name, runId, texts(250));
      for (const ended of [false, true]) {
        if (ended) await world.closeStream(name, runId);
        const first = await world.getStreamChunks(name, runId);
        assert.deepEqual([first.data.length, first.hasMore, first.done], [100, true, false]);
        for (const limit of [7, 125, 250, 1000]) {
          const chunks = await listChunks(world, name, runId, limit);
          assert.deepEqual(
            chunks.map(({ index, data }) => `${index} ${textOf(data)}`),
            texts(250).map((text, i) => `${i} ${text}`),
          );
        }
        for (const [limit, last] of [
          [249, false],
          [250, true],
        ] as const) {
          const page = await world.getStreamChunks(name, runId, { limit });
          assert.deepEqual([page.hasMore, page.done], [!last, last && ended]);
        }
        const before = await world.getStreamChunks(name, runId, { limit: 249 });
        const end = await world.getStreamChunks(name, runId, { cursor: before.cursor ?? '' });
        assert.deepEqual([end.data.length, end.cursor, end.done], [1, null, ended]);
      }
    },
  },
  {
    id: 'C7-page-bytes',
    title: 'C7 a page of large chunks is bound by bytes, and every page makes progress',
    needs: ['streams'],
    async run({ world }) {
      const { name, runId } = given();
      for (let i = 0; i < 12; i += 1) {
        await world.writeToStream(name, runId, new Uint8Array(MIB).fill(i));
      }
      await world.writeToStream(name, runId, new Uint8Array(4 * MIB).fill(12));
      const page = await world.getStreamChunks(name, runId, { limit: 1000 });
      const bytes = page.data.reduce((sum, { data }) => sum + data.byteLength, 0);
      assert.ok(page.hasMore && bytes <= 4 * MIB, `${bytes} bytes in a page`);
      const all = await listChunks(world, name, runId);
      assert.deepEqual(
        all.map(({ data }) => [data[0], data.byteLength / MIB]),
        Array.from({ length: 13 }, (_, i) => [i, i === 12 ? 4 : 1]),
      );
    },
  },
  {
    id: 'C7-names',
    title:
      'C7 a stream belongs to the run of its first write, which need not exist, and is listed there',
    needs: ['streams'],
    async run({ world, open, openElsewhere }) {
      const other = await open();
      const elsewhere = await openElsewhere();
      const [runId, otherRunId] = [createRunId(), createRunId()];
      const names = ['c', 'a', 'ä', 'B', 'a b/c?d', 'x'.repeat(1024), '😀', '\uffff'];
      for (const name of names) await world.writeToStream(name, runId, `first of ${name}`);
      await other.writeToStream('a', otherRunId, 'from another run');
      await other.writeToStream('own', otherRunId, 'own');
      assert.deepEqual(await other.listStreamsByRunId(runId), [...names].sort());
      assert.deepEqual(await world.listStreamsByRunId(otherRunId), ['own']);
      assert.deepEqual(await world.listStreamsByRunId(createRunId()), []);
      for (const name of names) {
        const reader = await openReader(other, name);
        assert.deepEqual(await takeChunks(reader, 1), [`first of ${name}`]);
        if (name === 'a') assert.deepEqual(await takeChunks(reader, 1), ['from another run']);
        await reader.cancel();
      }
      assert.deepEqual(await elsewhere.listStreamsByRunId(runId), [], 'names are of a namespace');
      assert.equal((await elsewhere.getStreamInfo('a', runId)).tailIndex, -1);
    },
  },
  {
    id: 'C8-numbered-writes',
    title: 'C8 a numbered write that is sent again is acknowledged and not written again',
    needs: ['streams'],
    async run({ world, open }) {
      const instances = [world, await open()];
      const { name, runId } = given();
      const same = (seq: number, chunks: string[], id = 'writer', stream = name) =>
        Promise.all(
          Array.from({ length: 6 }, (_, i) =>
            (instances[i % 2] ?? world).writeToStreamMulti(stream, runId, chunks, {
              writer: { id, seq },
            }),
          ),
        );
      await same(1, ['a', 'b']);
      await same(2, ['c']);
      await same(1, ['a', 'b']);
      await same(1, ['other writer'], 'other');
      await same(1, ['other stream'], 'writer', `${name}-other`);
      await world.writeToStream(name, runId, 'unnumbered');
      await same(7, ['numbers may be left out']);
      await world.closeStream(name, runId, { writer: { id: 'writer', seq: 8 } });
      await world.closeStream(name, runId, { writer: { id: 'writer', seq: 8 } });
      await same(7, ['numbers may be left out']);
      const late = { writer: { id: 'writer', seq: 9 } };
      await expectRefused('STREAM_CLOSED', () => world.writeToStream(name, runId, 'late', late));
      const expected = ['a', 'b', 'c', 'other writer', 'unnumbered', 'numbers may be left out'];
      assert.deepEqual(await readStream(world, name), expected);
      assert.equal((await world.getStreamInfo(`${name}-other`, runId)).tailIndex, 0);
    },
  },
];
