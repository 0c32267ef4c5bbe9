import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '@world/contract';
import { createWorld as createMemory } from '@world/memory';
import { createWorld as createRedis } from '@world/redis';
import { sharedRedisUrl } from '@world/redis-servers';
import { createWorld as createRemote } from '@world/remote-http';
import { serve } from '@world/remote-http/server';
import { type FenceMode, replayLog, type Workflow } from '@world/runtime';
import { createWorld as createSqlite } from '@world/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { givenRuntime, logOf, whenOpen } from './given.js';

const ROUNDS = 5;
const SLEEP_MS = 40;
const RUNS = 10;

/** Races a hook against a sleep, again and again; what it does next depends on who has won. */
const races: Workflow = async ({ hook, sleep, step }, token: string) => {
  const door = hook({ token });
  const winners: string[] = [];
  let payload = door.next();
  for (let round = 0; round < ROUNDS; round++) {
    const winner = await Promise.race([
      payload.then(() => 'hook'),
      sleep(SLEEP_MS).then(() => 'sleep'),
    ]);
    winners.push(winner);
    if (winner === 'hook') payload = door.next();
    else await Promise.all([sleep(1), sleep(1)]);
    await step(`after ${winner}`);
  }
  return winners;
};

type Two = readonly [World, World];

/** Two worlds on the same data. */
const places: Readonly<Record<string, () => Promise<Two>>> = {
  async memory() {
    const namespace = crypto.randomUUID();
    return [createMemory({ namespace }), createMemory({ namespace })];
  },
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'world-runtime-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const url = `sqlite:${join(folder, 'world.db')}`;
    return [createSqlite({ url }), createSqlite({ url })];
  },
  async redis() {
    const { url, stop } = await sharedRedisUrl();
    onTestFinished(stop);
    const namespace = crypto.randomUUID();
    return [createRedis({ url, namespace }), createRedis({ url, namespace })];
  },
  async 'remote-http'() {
    const { url, stop } = await serve((namespace) => createMemory({ namespace }));
    onTestFinished(() => stop());
    const namespace = crypto.randomUUID();
    return [createRemote({ url, namespace }), createRemote({ url, namespace })];
  },
};

describe.each(Object.keys(places))('on %s, ticks of one run that overlap', (name) => {
  it.each<FenceMode>(['tail', 'in-band'])(
    'behind the fence %s: every run completes, and every log can be followed',
    { timeout: 180_000 },
    async (fence) => {
      const worlds = await (places[name] as () => Promise<Two>)();
      onTestFinished(async () => {
        for (const world of worlds) await world.close();
      });
      const steps = { 'after hook': () => null, 'after sleep': () => null };
      const runtimes = worlds.map((world) =>
        givenRuntime({ world, steps, workflows: { races }, fence, overlap: 2 }),
      );
      const [first, second] = runtimes as [(typeof runtimes)[0], (typeof runtimes)[0]];
      const runIds = await Promise.all(
        Array.from({ length: RUNS }, async (_, i) => {
          const token = `${fence} ${i}`;
          const { runId } = await first.start('races', token);
          await whenOpen(() => first.resumeHook(token, 0));
          for (let n = 1; n < ROUNDS; n++) {
            // About when the sleep ends, a little later with each run.
            await new Promise((resolve) => setTimeout(resolve, SLEEP_MS - RUNS / 2 + i));
            await second.resumeHook(token, n).catch((error: { code?: string }) => {
              if (error.code !== 'HOOK_NOT_FOUND') throw error;
            });
          }
          return runId;
        }),
      );
      for (const runId of runIds) {
        const winners = await second.result<string[]>(runId);
        expect(winners).toHaveLength(ROUNDS);
        const log = await logOf(worlds[0], runId);
        expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
        await expect(replayLog(races, log)).resolves.toEqual({
          eventType: 'run_completed',
          eventData: { output: winners },
        });
      }
      expect(first.counters.conflicts + second.counters.conflicts).toBeGreaterThan(0);
      expect(runtimes.map(({ counters }) => counters.divergences)).toEqual([0, 0]);
    },
  );
});
