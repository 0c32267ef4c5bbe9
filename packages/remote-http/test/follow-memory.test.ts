import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openWorld } from './given.js';

const READERS = 20;
const MIB = 1024 * 1024;

interface Served {
  readonly url: string;
  /** Of a run with 100,000 events. */
  readonly runId: string;
}

/** A server in a process of its own, which says, whenever it is asked, how much memory it has, in MiB. */
async function startServer(): Promise<Served & { readonly memoryOf: () => Promise<number> }> {
  const child = fork(fileURLToPath(new URL('serve-memory.mjs', import.meta.url)), {
    execArgv: ['--expose-gc'],
  });
  onTestFinished(() => {
    child.kill();
  });
  const [served] = (await once(child, 'message')) as [Served];
  const memoryOf = async (): Promise<number> => {
    child.send('memory');
    const [bytes] = (await once(child, 'message')) as [number];
    return bytes / MIB;
  };
  return { ...served, memoryOf };
}

test('readers that take one of 100,000 events and then none cost the server no memory', async () => {
  const { url, runId, memoryOf } = await startServer();
  const world = openWorld({ url });
  const before = await memoryOf();
  const readers = Array.from({ length: READERS }, () => world.events.follow({ runId }));
  for (const events of readers) expect((await events.next()).value?.seq).toBe(1);
  // Long enough for a server that does not wait for its readers to send much of it.
  let most = 0;
  for (let i = 0; i < 15; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    most = Math.max(most, await memoryOf());
  }
  console.log(
    `memory of the server: ${before.toFixed(0)} MiB before, ${most.toFixed(0)} MiB at most with ${READERS} readers that wait`,
  );
  expect(most - before).toBeLessThan(80);
  await Promise.all(readers.map((events) => events.return?.(undefined)));
}, 120_000);
