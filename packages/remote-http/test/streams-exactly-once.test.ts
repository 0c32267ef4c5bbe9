import type { World } from '@world/contract';
import { createRunId } from '@world/contract';
import { expect, onTestFinished, test } from 'vitest';
import { openWorld, served } from './given.js';
import { anyFault, FAULTS, HttpProxy } from './http-proxy.js';
import { printedSeed, seededRandom } from './seeded-random.js';

const WRITERS = 6;
const STREAMS = 3;
const WRITES = 400;
const MULTI = 3;

const textOf = (chunk: Uint8Array): string => new TextDecoder().decode(chunk);

/** All chunks of a stream, as they come. */
async function readAll(world: World, name: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const chunk of await world.readFromStream(name)) texts.push(textOf(chunk));
  return texts;
}

test('400 writes to streams, and 100 messages, through cuts, duplicates and delays are there once each', async () => {
  const random = seededRandom(printedSeed(`${WRITES} writes to streams`));
  const server = await served();
  const proxy = await HttpProxy.start(server.url);
  onTestFinished(() => proxy.stop());
  const direct = openWorld({ url: server.url });
  const through = () => openWorld({ url: proxy.url, timeoutMs: 300, retries: 12 });
  const runId = createRunId();
  const names = Array.from({ length: STREAMS }, (_, i) => `stream-${i}`);
  const live = names.map((name) => readAll(through(), name));
  proxy.decide = anyFault(random);

  const write = async (writer: number): Promise<string[][]> => {
    const world = through();
    const written: string[][] = names.map(() => []);
    const pending: Promise<void>[] = [];
    for (let i = writer; i < WRITES; i += WRITERS) {
      const at = Math.floor(random() * STREAMS);
      const name = names[at] ?? '';
      const size = random() < 0.3 ? MULTI : 1;
      const chunks = Array.from({ length: size }, (_, part) => `${writer}:${i}:${part}`);
      written[at]?.push(...chunks);
      const [only = ''] = chunks;
      const made =
        size > 1
          ? world.writeToStreamMulti(name, runId, chunks)
          : world.writeToStream(name, runId, only);
      // Some at once, which keep their order too.
      if (random() < 0.5) await made;
      else pending.push(made);
    }
    await Promise.all(pending);
    return written;
  };
  const enqueue = async (): Promise<string[]> => {
    const world = through();
    const ids: string[] = [];
    for (let i = 0; i < 100; i += 1) {
      const { messageId } = await world.queue('__wkf_workflow_w', { runId: `${runId}-${i}` });
      ids.push(messageId ?? '');
    }
    return ids;
  };
  const [ids, ...written] = await Promise.all([
    enqueue(),
    ...Array.from({ length: WRITERS }, (_, writer) => write(writer)),
  ]);
  const closing = through();
  for (const name of names) await closing.closeStream(name, runId);
  await expect.poll(() => proxy.open).toBeLessThanOrEqual(STREAMS);

  let chunks = 0;
  for (const [at, name] of names.entries()) {
    const stored = await readAll(direct, name);
    chunks += stored.length;
    expect(await live[at]).toEqual(stored);
    expect(stored).toHaveLength(written.reduce((sum, one) => sum + (one[at]?.length ?? 0), 0));
    for (const [writer, ofStreams] of written.entries()) {
      expect(stored.filter((text) => text.startsWith(`${writer}:`))).toEqual(ofStreams[at]);
    }
  }
  const records = await direct.messages.list({ limit: 1000 });
  expect(records.map(({ messageId }) => messageId).sort()).toEqual([...ids].sort());
  const requests = [...proxy.count.values()].reduce((sum, n) => sum + n, 0);
  const broken = requests - (proxy.count.get('none') ?? 0);
  console.log(
    `${WRITES} writes, ${chunks} chunks, ${ids.length} messages, each once; ${requests} requests, ${broken} of them broken`,
  );
  for (const fault of FAULTS) expect(proxy.count.get(fault) ?? 0, fault).toBeGreaterThan(0);
}, 180_000);
