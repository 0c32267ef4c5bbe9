import { type StreamStore, type World, WorldError } from '@world/contract';
import type { MemoryStreams } from '../../src/memory-streams.js';
import { type Breakage, type BrokenWorld, override } from './broken-world.js';

/** Some methods of the store's streams are replaced. */
const onStreams = (parts: (streams: StreamStore) => Partial<StreamStore>): Breakage => ({
  store: (store) => {
    const { streams } = store;
    if (streams === undefined) throw new Error('a store without streams');
    return { streams: override(streams, parts(streams)) };
  },
});

/** `write` is replaced. */
const onWrite = (
  change: (
    write: Parameters<StreamStore['write']>[0],
    streams: StreamStore,
  ) => ReturnType<StreamStore['write']>,
): Breakage => onStreams((streams) => ({ write: (write) => change(write, streams) }));

/** Some methods of the world are replaced. */
const onWorld = (parts: (world: World) => Partial<World>): Breakage => ({ world: parts });

/** Chunks are handed out by this source instead. */
const fromChunks = (
  chunks: (name: string, startIndex: number | undefined, world: World) => AsyncIterable<Uint8Array>,
): Breakage =>
  onWorld((world) => ({
    async readFromStream(name, startIndex) {
      const source = chunks(name, startIndex, world)[Symbol.asyncIterator]();
      return new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            const { done, value } = await source.next();
            if (done === true) controller.close();
            else controller.enqueue(value);
          },
        },
        { highWaterMark: 0 },
      );
    },
  }));

/** Worlds that write streams as they like. */
export const brokenStreams: readonly BrokenWorld[] = [
  {
    fault: 'empty chunks are left out',
    caughtBy: 'C1-exact-chunks',
    breaks: onWrite((write, streams) =>
      streams.write({ ...write, chunks: write.chunks.filter(({ length }) => length > 0) }),
    ),
  },
  {
    fault: 'readers get the bytes that the store keeps',
    caughtBy: 'C1-copied',
    breaks: onStreams((streams) => {
      const kept = new Map<string, Uint8Array>();
      return {
        async read(range) {
          const slice = await streams.read(range);
          const chunks = slice.chunks.map((chunk, i) => {
            const key = `${range.name}/${range.from + i}`;
            kept.set(key, kept.get(key) ?? chunk);
            return kept.get(key) ?? chunk;
          });
          return { ...slice, chunks };
        },
      };
    }),
  },
  {
    fault: 'a Multi is written chunk by chunk',
    caughtBy: 'C1-neighbours',
    breaks: onWrite(async (write, streams) => {
      for (const chunk of write.chunks) {
        await streams.write({ ...write, chunks: [chunk], end: false });
        await Promise.resolve();
      }
      return write.end ? streams.write({ ...write, chunks: [] }) : 'written';
    }),
  },
  {
    fault: 'a write after the end is passed over in silence',
    caughtBy: 'C4-closed',
    breaks: onWorld(({ writeToStream }) => ({
      writeToStream: (...write) =>
        writeToStream(...write).catch((error: unknown) => {
          if (!WorldError.is(error, 'STREAM_CLOSED')) throw error;
        }),
    })),
  },
  {
    fault: 'a write that the end overtakes is acknowledged',
    caughtBy: 'C4-closed-meanwhile',
    breaks: onWrite(async (write, streams) => {
      const { ended } = await streams.state(write.name);
      await Promise.resolve();
      const outcome = await streams.write(write);
      return outcome === 'ended' && !ended ? 'written' : outcome;
    }),
  },
  {
    fault: 'the end of an absent stream is forgotten',
    caughtBy: 'C4-empty',
    breaks: onWrite(async (write, streams) =>
      write.end && (await streams.state(write.name)).length === 0
        ? 'written'
        : streams.write(write),
    ),
  },
  {
    fault: 'getStreamInfo counts from 1',
    caughtBy: 'C7-info',
    breaks: onWorld(({ getStreamInfo }) => ({
      async getStreamInfo(name, runId) {
        const { tailIndex, done } = await getStreamInfo(name, runId);
        return { tailIndex: tailIndex + 1, done };
      },
    })),
  },
  {
    fault: 'every page of an ended stream says done',
    caughtBy: 'C7-pages',
    breaks: onWorld(({ getStreamChunks, getStreamInfo }) => ({
      async getStreamChunks(name, runId, options) {
        const { done } = await getStreamInfo(name, runId);
        return { ...(await getStreamChunks(name, runId, options)), done };
      },
    })),
  },
  {
    fault: 'a page is as large as its chunks are',
    caughtBy: 'C7-page-bytes',
    breaks: onStreams((streams) => ({
      read: (range) => streams.read({ ...range, maxBytes: Number.POSITIVE_INFINITY }),
    })),
  },
  {
    fault: 'a stream needs a run',
    caughtBy: 'C7-names',
    breaks: onWorld(({ runs, writeToStream }) => ({
      async writeToStream(name, runId, chunk) {
        await runs.get(runId);
        await writeToStream(name, runId, chunk);
      },
    })),
  },
  {
    fault: 'a write that is sent again is written again',
    caughtBy: 'C8-numbered-writes',
    breaks: onWrite(({ writer: _, ...write }, streams) => streams.write(write)),
  },
  {
    fault: 'a stream keeps 10,000 chunks',
    caughtBy: 'C5-20000-chunks',
    breaks: onWrite(async (write, streams) =>
      (await streams.state(write.name)).length >= 10_000 && !write.end
        ? 'written'
        : streams.write(write),
    ),
  },
  {
    fault: 'a chunk of a long stream is cut',
    caughtBy: 'C5-64-mib',
    breaks: onWrite(async (write, streams) => {
      const { length } = await streams.state(write.name);
      const chunks = write.chunks.map((chunk) => (length === 40 ? chunk.subarray(1) : chunk));
      return streams.write({ ...write, chunks });
    }),
  },
  {
    fault: 'prune removes streams of live runs',
    caughtBy: 'LI4-streams',
    breaks: {
      store: (store) => ({
        async prune(range) {
          const runIds = await store.prune(range);
          (store.streams as MemoryStreams).clear();
          return runIds;
        },
      }),
    },
  },
  {
    fault: 'a removed stream looks like one that has ended',
    caughtBy: 'C9-removed-under-readers',
    breaks: onStreams((streams) => ({
      async read(range) {
        const slice = await streams.read(range);
        return slice.length < range.from ? { chunks: [], length: range.from, ended: true } : slice;
      },
    })),
  },
  {
    fault: 'deleteNamespace leaves streams behind',
    caughtBy: 'C9-namespace',
    breaks: { store: () => ({ deleteNamespace: async () => {} }) },
  },
];

/** Worlds whose readers lose chunks, repeat them, or do not end. */
export const brokenReaders: readonly BrokenWorld[] = [
  {
    fault: 'a reader gets what comes, and nothing from before',
    caughtBy: 'C2-live-readers',
    breaks: onWorld(({ readFromStream, getStreamInfo }) => ({
      async readFromStream(name) {
        return readFromStream(name, (await getStreamInfo(name, 'run')).tailIndex + 1);
      },
    })),
  },
  {
    fault: 'a reader gets each chunk twice',
    caughtBy: 'C2-one-by-one',
    breaks: fromChunks(async function* (name, startIndex, { readFromStream }) {
      for await (const chunk of await readFromStream(name, startIndex)) {
        yield chunk;
        yield chunk;
      }
    }),
  },
  {
    fault: 'a negative start is the beginning',
    caughtBy: 'C2-start',
    breaks: onWorld(({ readFromStream }) => ({
      readFromStream: (name, startIndex = 0) => readFromStream(name, Math.max(0, startIndex)),
    })),
  },
  {
    fault: 'a stream that is not there yet has ended',
    caughtBy: 'C3-waits',
    breaks: onStreams((streams) => ({
      async read(range) {
        const slice = await streams.read(range);
        return slice.length === 0 ? { ...slice, ended: true } : slice;
      },
    })),
  },
  {
    fault: 'a reader ends with what was there',
    caughtBy: 'C3-exact-end',
    breaks: onStreams((streams) => ({
      read: async (range) => ({ ...(await streams.read(range)), ended: true }),
    })),
  },
  {
    fault: 'a reader that fell behind skips what it missed',
    caughtBy: 'C6-slow-reader',
    breaks: onStreams((streams) => ({
      async read(range) {
        const { length } = await streams.state(range.name);
        return streams.read({ ...range, from: Math.max(range.from, length - 1000) });
      },
    })),
  },
  {
    fault: 'a reader reads a long stream in one go',
    caughtBy: 'C6-long-stream',
    breaks: fromChunks(async function* (name, _, { getStreamChunks }) {
      let cursor: string | undefined;
      do {
        const page = await getStreamChunks(name, 'run', { limit: 1000, cursor });
        for (const { data } of page.data) yield data;
        cursor = page.cursor ?? undefined;
      } while (cursor !== undefined);
    }),
  },
  {
    fault: 'a cancelled reader leaves its timer',
    caughtBy: 'C6-cancelled-readers',
    breaks: onWorld(({ readFromStream }) => ({
      async readFromStream(name, startIndex) {
        setTimeout(() => {}, 7000);
        return readFromStream(name, startIndex);
      },
    })),
  },
  {
    fault: 'a closed world ends its readers as if their streams had ended',
    caughtBy: 'C6-closed-world',
    breaks: fromChunks(async function* (name, startIndex, { readFromStream }) {
      try {
        yield* await readFromStream(name, startIndex);
      } catch (error) {
        if (!WorldError.is(error, 'WORLD_CLOSED')) throw error;
      }
    }),
  },
];

/** Worlds that take what they should refuse. */
export const brokenStreamInput: readonly BrokenWorld[] = [
  {
    fault: 'any value is a name',
    caughtBy: 'B-stream-names',
    breaks: onWorld(({ closeStream }) => ({
      closeStream: (name, runId) => closeStream(String(name) || 'unnamed', runId),
    })),
  },
  {
    fault: 'whatever is no chunk is written as text',
    caughtBy: 'B-chunks',
    breaks: onWorld(({ writeToStream }) => ({
      writeToStream: (name, runId, chunk) =>
        writeToStream(name, runId, chunk instanceof Uint8Array ? chunk : String(chunk)),
    })),
  },
  {
    fault: 'a start between two chunks is rounded',
    caughtBy: 'B-stream-reads',
    breaks: onWorld(({ readFromStream }) => ({
      readFromStream: (name, startIndex = 0) => readFromStream(name, Math.floor(startIndex)),
    })),
  },
  {
    fault: 'options that do not exist are passed over in silence',
    caughtBy: 'B-stream-writers',
    breaks: onWorld(({ writeToStream }) => ({
      writeToStream: (name, runId, chunk, options) =>
        writeToStream(name, runId, chunk, options?.writer && { writer: options.writer }),
    })),
  },
];
