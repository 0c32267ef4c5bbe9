import assert from 'node:assert/strict';
import { expectRefused } from './expect.js';
import { startedRun, uniqueId } from './given.js';
import { openReader, readStream, takeChunks, texts } from './read-stream.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';
import { later, within } from './within.js';

const tomorrow = (): Date => new Date(Date.now() + 86_400_000);

/** Streams go with their run. */
export const streamRemovalTests: readonly ConformanceTest[] = [
  {
    id: 'LI4-streams',
    title: 'LI4 C9 prune removes the streams of the runs that it removes, and no others',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const [ended, live] = [(await startedRun(world)).runId, (await startedRun(world)).runId];
      const names = [uniqueId('stream'), uniqueId('stream')];
      const [kept, early] = [uniqueId('kept'), uniqueId('early')];
      const writer = { writer: { id: 'writer', seq: 1 } };
      for (const name of names) await world.writeToStreamMulti(name, ended, texts(3), writer);
      await world.closeStream(names[0] ?? '', ended);
      await world.writeToStreamMulti(kept, live, texts(3));
      await world.writeToStreamMulti(early, 'no-run', texts(3));
      await world.events.create(ended, request.runCancelled());
      assert.deepEqual((await world.prune({ olderThan: tomorrow() })).runIds, [ended]);
      for (const one of [world, other]) {
        assert.deepEqual(await one.listStreamsByRunId(ended), []);
        for (const name of names) {
          const info = await one.getStreamInfo(name, ended);
          assert.deepEqual(info, { tailIndex: -1, done: false });
          assert.deepEqual((await one.getStreamChunks(name, ended)).data, []);
        }
        for (const name of [kept, early]) {
          assert.equal((await one.getStreamInfo(name, live)).tailIndex, 2);
        }
        assert.deepEqual(await one.listStreamsByRunId(live), [kept]);
      }
      for (const name of names) {
        await world.writeToStream(name, live, 'new', writer);
        await world.closeStream(name, live);
        assert.deepEqual(await readStream(other, name), ['new'], 'nothing of the old one is left');
      }
    },
  },
  {
    id: 'C9-removed-under-readers',
    title: 'C9 a reader whose stream is removed fails with STREAM_REMOVED: that is no end',
    needs: ['streams'],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const name = uniqueId('stream');
      await world.writeToStreamMulti(name, runId, texts(5));
      const readers = await Promise.all([world, other].map((one) => openReader(one, name)));
      for (const reader of readers) await takeChunks(reader, 5);
      const ahead = await openReader(other, name, -1);
      await takeChunks(ahead, 1);
      const ends = [...readers, ahead].map((reader) =>
        later(expectRefused('STREAM_REMOVED', () => reader.read())),
      );
      await world.events.create(runId, request.runCancelled());
      await world.prune({ olderThan: tomorrow() });
      await within(Promise.all(ends), () => 'readers wait on');
    },
  },
  {
    id: 'C9-namespace',
    title: 'C9 deleteNamespace removes all streams of its namespace, and none of another',
    needs: ['streams'],
    async run({ world, open, openElsewhere }) {
      const other = await open();
      const elsewhere = await openElsewhere();
      const name = uniqueId('stream');
      const { runId } = await startedRun(world);
      for (const one of [world, elsewhere]) {
        await one.writeToStreamMulti(name, runId, texts(3));
        await one.writeToStreamMulti(`${name}-2`, 'no-run', texts(3));
      }
      await world.deleteNamespace();
      assert.deepEqual(await other.listStreamsByRunId(runId), []);
      assert.deepEqual(await other.listStreamsByRunId('no-run'), []);
      assert.equal((await other.getStreamInfo(name, runId)).tailIndex, -1);
      assert.deepEqual(await elsewhere.listStreamsByRunId('no-run'), [`${name}-2`]);
      await elsewhere.closeStream(name, runId);
      assert.deepEqual(await readStream(elsewhere, name), texts(3));
    },
  },
];
