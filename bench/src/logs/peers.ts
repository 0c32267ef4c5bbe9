import { randomUUID } from 'node:crypto';
import { createWorld as createBullMq } from '@fantasticfour/world-redis-bullmq';
import type { World } from '@workflow/world';
import { createLocalWorld } from '@workflow/world-local';
import { createWorld as createPostgres } from '@workflow/world-postgres';
import { createWorld as createCommunityRedis } from '@workflow-worlds/redis';
import { openFolder } from '@world/app-process';
import { Redis } from 'ioredis';
import { postgresUrl, redisUrl } from '../servers.js';
import type { Log, LogKind } from './log.js';

/** Worlds that one would use instead, by the stock contract: one event at a time, no fences. */

/** Worlds by the stock contract on the same data, as several processes would have them. */
export interface OpenStockWorlds {
  readonly worlds: readonly World[];
  close(): Promise<void>;
}

export interface StockWorldKind {
  readonly name: string;
  /** Opens so many worlds on one empty place. */
  open(count: number): Promise<OpenStockWorlds>;
}

const many = (count: number, create: () => World): World[] => Array.from({ length: count }, create);

const closeAll = async (worlds: readonly World[]): Promise<void> => {
  for (const world of worlds) await world.close?.();
};

/** It is for one process, which has one. */
export const worldLocal: StockWorldKind = {
  name: '@workflow/world-local',
  async open(count) {
    const folder = await openFolder();
    const world = createLocalWorld({ dataDir: folder.path, recoverActiveRuns: false });
    return {
      worlds: many(count, () => world),
      async close() {
        await world.close?.();
        await folder.remove();
      },
    };
  },
};

export const bullMqWorld: StockWorldKind = {
  name: '@fantasticfour/world-redis-bullmq',
  async open(count) {
    const [redis, prefix] = [await redisUrl(), randomUUID()];
    const options = { redis, keyPrefix: `${prefix}:`, jobPrefix: prefix };
    const worlds = many(count, () => createBullMq(options));
    return { worlds, close: () => closeAll(worlds) };
  },
};

/** It implements an older contract, and closes a client that it has made itself only with the process. */
export const communityRedisWorld: StockWorldKind = {
  name: '@workflow-worlds/redis',
  async open(count) {
    const keyPrefix = `${randomUUID()}:`;
    const url = await redisUrl();
    const clients = Array.from({ length: count }, () => new Redis(url));
    const worlds = clients.map((client) =>
      createCommunityRedis({ client: client as never, keyPrefix }),
    );
    return {
      worlds: worlds as unknown as World[],
      close: async () => {
        for (const client of clients) client.disconnect();
      },
    };
  },
};

export const postgresWorld: StockWorldKind = {
  name: '@workflow/world-postgres',
  async open(count) {
    const connectionString = await postgresUrl();
    const worlds = many(count, () => createPostgres({ connectionString }));
    return { worlds, close: () => closeAll(worlds) };
  },
};

/** A world by the stock contract as a log. */
export const stockLogOf = ({ name, open }: StockWorldKind): LogKind => ({
  name,
  async open() {
    const { worlds, close } = await open(1);
    return logFrom(worlds[0] as World, close);
  },
});

function logFrom({ events }: World, close: () => Promise<void>): Log {
  return {
    openRun: () => openStockRun({ events }),
    async append(runId, requests) {
      let last = '';
      for (const request of requests) {
        const { event } = await events.create(runId, request as never);
        last = event?.eventId ?? '';
      }
      return last;
    },
    close,
  };
}

/** Begins a run; resolves to its id. */
export async function openStockRun({ events }: Pick<World, 'events'>): Promise<string> {
  const eventData = { deploymentId: 'bench', workflowName: 'bench', input: new Uint8Array() };
  const { run } = await events.create(null, { eventType: 'run_created', eventData });
  if (run === undefined) throw new Error('a run was created, and is not there');
  await events.create(run.runId, { eventType: 'run_started' });
  return run.runId;
}
