import { createRunId, type World, createWorld as worldOf } from '@world/contract';
import { createWorld as createMemoryWorld } from '@world/memory';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { addressOfUrl } from '../src/address.js';
import { RedisStore } from '../src/redis-store.js';

const CLOCK = 'test:clock';

/** A world in Redis and one in memory, whose clocks a test sets. */
export interface ClockedWorlds {
  readonly redis: World;
  readonly memory: World;
  now(): number;
  advance(ms: number): Promise<void>;
}

/** The scripts of that world ask a key for the time, not the server. Both worlds are empty, and closed with the test. */
export async function openClockedWorlds(url: string): Promise<ClockedWorlds> {
  const namespace = createRunId();
  const admin = new Redis(url, { protocol: 2 });
  let now = 1_800_000_000_000;
  const set = () => admin.hset(CLOCK, 's', Math.floor(now / 1000), 'us', (now % 1000) * 1000);
  await set();
  const address = addressOfUrl(url);
  const store = new RedisStore({
    address: {
      ...address,
      createClient(timeoutMs) {
        const client = address.createClient(timeoutMs);
        const define = client.defineCommand.bind(client);
        const time = `redis.call('HMGET', '${CLOCK}', 's', 'us')`;
        client.defineCommand = (name, { lua }) =>
          define(name, { lua: lua.replaceAll("redis.call('TIME')", time) });
        return client;
      },
    },
    namespace,
    timeoutMs: 10_000,
    warn: () => {},
  });
  const redis = worldOf(store);
  const memory = createMemoryWorld({ url: 'memory:', namespace, clock: () => now });
  onTestFinished(async () => {
    await Promise.all([redis.close(), memory.close()]);
    admin.disconnect();
  });
  return {
    redis,
    memory,
    now: () => now,
    async advance(ms) {
      now += ms;
      await set();
    },
  };
}
