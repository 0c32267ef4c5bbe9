import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '@world/contract';
import { createWorld as createMemoryWorld } from '@world/memory';
import { serve } from '@world/remote-http/server';
import { createWorld as createSqliteWorld } from '@world/sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { newRun, openWorld, readLog, waitCreated } from './given.js';
import { anyFault, FAULTS, HttpProxy } from './http-proxy.js';
import { printedSeed, seededRandom } from './seeded-random.js';

const WRITERS = 8;
const RUNS = 4;
const BATCH = 3;
const BATCH_SHARE = 0.2;
/** Writers append through a proxy that breaks what it can; then the logs are read by a world that nothing stands before. */
async function appendThroughFaults(
  name: string,
  open: (namespace: string) => World,
  appends: number,
): Promise<void> {
  const random = seededRandom(printedSeed(`${appends} appends over ${name}`));
  const server = await serve(open);
  onTestFinished(() => server.stop());
  const proxy = await HttpProxy.start(server.url);
  onTestFinished(() => proxy.stop());
  const direct = openWorld({ url: server.url });
  const runs = await Promise.all(Array.from({ length: RUNS }, () => newRun(direct)));
  proxy.decide = anyFault(random);

  const write = async (writer: number): Promise<readonly (readonly string[])[]> => {
    const world = openWorld({ url: proxy.url, timeoutMs: 300, retries: 12 });
    const written: string[][] = runs.map(() => []);
    for (let i = writer; i < appends; i += WRITERS) {
      const at = Math.floor(random() * RUNS);
      const runId = runs[at] ?? '';
      const size = random() < BATCH_SHARE ? BATCH : 1;
      const ids = Array.from({ length: size }, (_, part) => `writer-${writer}-${i}-${part}`);
      const events = ids.map(waitCreated);
      const [only] = events;
      if (size > 1 || only === undefined) {
        const committed = await world.events.createBatch(runId, events);
        expect(committed.results.map((one) => one.event?.correlationId)).toEqual(ids);
      } else {
        const { event } = await world.events.create(runId, only);
        expect(event?.correlationId).toBe(ids[0]);
      }
      written[at]?.push(...ids);
    }
    return written;
  };
  const start = performance.now();
  const written = await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  const seconds = (performance.now() - start) / 1000;
  // What is still on its way arrives before the logs are read.
  await expect.poll(() => proxy.open).toBe(0);

  let events = 0;
  for (const [at, runId] of runs.entries()) {
    const log = await readLog(direct, runId);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
    const ids = log.slice(2).map(({ correlationId }) => correlationId);
    events += ids.length;
    expect(ids).toHaveLength(written.reduce((sum, one) => sum + (one[at]?.length ?? 0), 0));
    for (const [writer, ofRuns] of written.entries()) {
      expect(ids.filter((id) => id?.startsWith(`writer-${writer}-`))).toEqual(ofRuns[at]);
    }
  }
  const requests = [...proxy.count.values()].reduce((sum, n) => sum + n, 0);
  const byFault = FAULTS.map((fault) => `${fault} ${proxy.count.get(fault) ?? 0}`).join(', ');
  console.log(
    `${name}: ${appends} appends, ${events} events, each once; ${requests} requests in ${seconds.toFixed(1)} s, ` +
      `of them ${requests - (proxy.count.get('none') ?? 0)} broken: ${byFault}`,
  );
  for (const fault of FAULTS) expect(proxy.count.get(fault) ?? 0, fault).toBeGreaterThan(0);
}

test('2,000 appends through cuts, duplicates and delays are in the log once each, over memory', async () => {
  const open = (namespace: string): World => createMemoryWorld({ url: 'memory:', namespace });
  await appendThroughFaults('memory', open, 2000);
}, 180_000);

test('400 appends through cuts, duplicates and delays are in the log once each, over SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'world-exactly-once-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:${join(folder, 'world.db')}`;
  await appendThroughFaults('SQLite', (namespace) => createSqliteWorld({ url, namespace }), 400);
}, 120_000);
