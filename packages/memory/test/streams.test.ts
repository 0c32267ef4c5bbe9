import { createWorld, type StreamRange, type StreamStore, type World } from '@world/contract';
import { runTest, tests } from '@world/contract/conformance';
import { expect, onTestFinished, test } from 'vitest';
import { MemoryState } from '../src/memory-state.js';
import { MemoryStore } from '../src/memory-store.js';

/** What the shared reader of streams does to its store, which no world shows. */

const runId = 'run';
const KIB = 1024;

/** A world over the memory store, some methods of whose streams are replaced. */
function open(
  parts: (streams: StreamStore) => Partial<StreamStore>,
  state: MemoryState = new MemoryState(),
): World {
  const store = new MemoryStore({ state });
  const { streams } = store;
  const whole: StreamStore = {
    write: (write) => streams.write(write),
    read: (range) => streams.read(range),
    state: (name) => streams.state(name),
    namesOf: (id) => streams.namesOf(id),
    subscribe: (name, onChange) => streams.subscribe(name, onChange),
  };
  Object.defineProperty(store, 'streams', { value: { ...whole, ...parts(streams) } });
  const world = createWorld(store);
  onTestFinished(() => world.close());
  return world;
}

async function textsOf(world: World, name: string, startIndex?: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const chunk of await world.readFromStream(name, startIndex)) {
    texts.push(new TextDecoder().decode(chunk));
  }
  return texts;
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

const deliveries: readonly [string, (notify: () => void) => void][] = [
  ['lost', () => {}],
  [
    'doubled',
    (notify) => {
      notify();
      notify();
      setImmediate(notify);
    },
  ],
  ['late', (notify) => setTimeout(notify, 20)],
];

test.each(deliveries)(
  'C2 ST1 a reader whose notifications are %s gets each chunk once, in order',
  async (_, deliver) => {
    const states = new Map<string, MemoryState>();
    const create = ({ namespace }: { namespace: string }): World => {
      const state = states.get(namespace) ?? new MemoryState();
      states.set(namespace, state);
      return open(
        ({ subscribe }) => ({
          subscribe: (name, onChange) =>
            subscribe.call(state.streams, name, () => deliver(onChange)),
        }),
        state,
      );
    };
    const { capabilities } = new MemoryStore({ state: new MemoryState() });
    const ids = ['C2-live-readers', 'C2-start', 'C3-exact-end', 'C9-removed-under-readers'];
    const chosen = tests.filter(({ id }) => ids.includes(id));
    expect(chosen).toHaveLength(ids.length);
    for (const one of chosen) await runTest(one, { name: 'memory', create, capabilities });
  },
);

test('C2 ST1 reads that are answered late and out of turn reorder nothing', async () => {
  let reads = 0;
  const world = open((streams) => ({
    async read(range) {
      reads += 1;
      for (let i = reads % 3; i > 0; i -= 1) await new Promise((resolve) => setImmediate(resolve));
      return streams.read(range);
    },
  }));
  const readers = [
    textsOf(world, 'stream'),
    textsOf(world, 'stream'),
    textsOf(world, 'stream', 50),
  ];
  for (const text of numbers(100)) await world.writeToStream('stream', runId, text);
  await world.closeStream('stream', runId);
  const [first, second, third] = await Promise.all(readers);
  expect(first).toEqual(numbers(100));
  expect(second).toEqual(numbers(100));
  expect(third).toEqual(numbers(100).slice(50));
});

/** A world that tells which ranges were read, with a stream of `count` chunks of `bytes`. */
async function counted(
  count: number,
  bytes: number,
): Promise<{ world: World; ranges: StreamRange[] }> {
  const ranges: StreamRange[] = [];
  const world = open((streams) => ({
    read(range) {
      ranges.push(range);
      return streams.read(range);
    },
  }));
  const chunk = new Uint8Array(bytes);
  await world.writeToStreamMulti(
    'stream',
    runId,
    Array.from({ length: count }, () => chunk),
  );
  await world.closeStream('stream', runId);
  return { world, ranges };
}

const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('C6 nothing is read before a pull, and one page for the chunks that are pulled of it', async () => {
  const { world, ranges } = await counted(1000, 10);
  const reader = (await world.readFromStream('stream')).getReader();
  await idle();
  expect(ranges).toEqual([]);
  for (let taken = 0; taken < 256; taken += 1) await reader.read();
  await idle();
  expect(ranges.map(({ from, limit }) => [from, limit])).toEqual([[0, 256]]);
  await reader.read();
  await idle();
  expect(ranges.map(({ from }) => from)).toEqual([0, 256]);
  await reader.cancel();
});

test('C6 a page is bound by bytes: of large chunks one at a time is read', async () => {
  const { world, ranges } = await counted(8, 1024 * KIB);
  const reader = (await world.readFromStream('stream')).getReader();
  for (let taken = 0; taken < 3; taken += 1) await reader.read();
  await idle();
  expect(ranges.map(({ from, maxBytes }) => [from, maxBytes])).toEqual(
    [0, 1, 2].map((from) => [from, 1024 * KIB]),
  );
  await reader.cancel();
});

test('C6 a pipe behind a slow consumer reads no further than the consumer is', async () => {
  const { world, ranges } = await counted(2000, 10);
  const passed = (await world.readFromStream('stream')).pipeThrough(new TransformStream());
  const reader = passed.getReader();
  await reader.read();
  await idle();
  expect(ranges).toHaveLength(1);
  await reader.cancel();
});

test('C6 ST4 listeners: one while a reader waits, none after cancel, end, failure or close', async () => {
  const state = new MemoryState();
  const world = open(() => ({}), state);
  const { listeners } = state.streams;
  await world.writeToStream('stream', runId, 'chunk');
  const readers = await Promise.all(
    Array.from({ length: 1000 }, async (_, i) => {
      const reader = (await world.readFromStream(`stream-${i}`)).getReader();
      return { reader, read: reader.read() };
    }),
  );
  await expect.poll(() => listeners.size).toBe(1000);
  await Promise.all(readers.map(({ reader }) => reader.cancel()));
  await Promise.all(readers.map(({ read }) => read));
  expect(listeners.size).toBe(0);

  const ended = textsOf(world, 'stream');
  await expect.poll(() => listeners.size).toBe(1);
  await world.closeStream('stream', runId);
  expect(await ended).toEqual(['chunk']);
  expect(listeners.size).toBe(0);

  await world.writeToStream('removed', runId, 'chunk');
  const removed = textsOf(world, 'removed');
  removed.catch(() => {});
  await expect.poll(() => listeners.size).toBe(1);
  await world.deleteNamespace();
  await expect(removed).rejects.toMatchObject({ code: 'STREAM_REMOVED' });
  expect(listeners.size).toBe(0);

  const closed = textsOf(world, 'never');
  closed.catch(() => {});
  const idle = (await world.readFromStream('idle')).getReader();
  const only = idle.read();
  await expect.poll(() => listeners.size).toBe(2);
  await world.writeToStream('idle', runId, 'chunk');
  await only;
  expect(listeners.size).toBe(2);
  await world.close();
  await expect(closed).rejects.toMatchObject({ code: 'WORLD_CLOSED' });
  expect(listeners.size).toBe(0);
});

test('a store that fails fails its readers, and leaves no listener', async () => {
  const state = new MemoryState();
  let broken = false;
  const world = open(
    (streams) => ({
      async read(range) {
        if (broken) throw new Error('no store');
        return streams.read(range);
      },
    }),
    state,
  );
  const failed = textsOf(world, 'stream');
  failed.catch(() => {});
  await expect.poll(() => state.streams.listeners.size).toBe(1);
  broken = true;
  await world.writeToStream('stream', runId, 'chunk');
  await expect(failed).rejects.toThrow('no store');
  expect(state.streams.listeners.size).toBe(0);
});

test('nothing of a removed stream is kept', async () => {
  const state = new MemoryState();
  const world = open(() => ({}), state);
  await world.writeToStream('stream', runId, 'chunk', { writer: { id: 'writer', seq: 1 } });
  expect(state.streams.size).toBe(1);
  await world.deleteNamespace();
  expect(state.streams.size).toBe(0);
  expect(await world.listStreamsByRunId(runId)).toEqual([]);
});
