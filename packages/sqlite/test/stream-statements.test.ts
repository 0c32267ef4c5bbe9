import { expect, test } from 'vitest';
import { counted } from './counted-world.js';
import { temporaryPath } from './folder.js';

/** What calls on streams cost in statements and transactions, and that it does not grow. */

const chunks = (count: number): string[] => Array.from({ length: count }, (_, i) => `chunk-${i}`);

test('64 writes at once share one transaction, in the order of the calls', async () => {
  const { world, runId, count } = await counted(temporaryPath());
  const counts = await count(() =>
    Promise.all(chunks(64).map((chunk) => world.writeToStream('stream', runId, chunk))),
  );
  expect(counts).toMatchObject({ BEGIN: 1, COMMIT: 1, SAVEPOINT: 64 });
  const { data } = await world.getStreamChunks('stream', runId);
  expect(data.map(({ data }) => new TextDecoder().decode(data))).toEqual(chunks(64));
});

test('a read is one statement: nothing can come between its parts', async () => {
  const { world, runId, count } = await counted(temporaryPath());
  await world.writeToStreamMulti('stream', runId, chunks(10));
  await world.closeStream('stream', runId);
  for (const read of [
    () => world.getStreamChunks('stream', runId),
    () => world.getStreamInfo('stream', runId),
    () => world.listStreamsByRunId(runId),
    async () => (await world.readFromStream('stream', 5)).getReader().read(),
  ]) {
    expect(await count(read)).toEqual({ SELECT: 1 });
  }
});

test('a write costs the same at 10 and at 20,000 chunks, and one that is known or late writes nothing', async () => {
  const { world, runId, count } = await counted(temporaryPath());
  const write = (seq: number) => () =>
    world.writeToStream('stream', runId, 'chunk', { writer: { id: 'writer', seq } });
  await world.writeToStreamMulti('stream', runId, chunks(10));
  const short = await count(write(1));
  for (let i = 0; i < 20; i += 1) await world.writeToStreamMulti('stream', runId, chunks(1000));
  expect(await count(write(2))).toEqual(short);
  const known = await count(write(2));
  await world.closeStream('stream', runId);
  const late = await count(() => expect(write(3)()).rejects.toThrow('has ended'));
  for (const { INSERT, UPDATE } of [known, late])
    expect([INSERT, UPDATE]).toEqual([undefined, undefined]);
});
