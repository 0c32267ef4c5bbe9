import { randomUUID } from 'node:crypto';
import { createWorld as createBullMq } from '@fantasticfour/world-redis-bullmq';
import type { World } from '@workflow/world';
import { createLocalWorld } from '@workflow/world-local';
import { createWorld as createPostgres } from '@workflow/world-postgres';
import { createWorld as createCommunityRedis } from '@workflow-worlds/redis';
import { openFolder } from '@world/app-process';
import { Redis } from 'ioredis';
import type { Log, LogKind } from './log.js';

/** Worlds that one would use instead, by the stock contract: one event at a time, no fences. */

const peer = (
  name: string,
  open: () => Promise<{ world: World; close(): Promise<void> }>,
): LogKind => ({
  name,
  async open() {
    const { world, close } = await open();
    return logOf(world, close);
  },
});

function logOf({ events }: World, close: () => Promise<void>): Log {
  return {
    async openRun() {
      const eventData = { deploymentId: 'bench', workflowName: 'bench', input: new Uint8Array() };
      const { run } = await events.create(null, { eventType: 'run_created', eventData });
      if (run === undefined) throw new Error('a run was created, and is not there');
      await events.create(run.runId, { eventType: 'run_started' });
      return run.runId;
    },
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

export const worldLocal: LogKind = peer('@workflow/world-local', async () => {
  const folder = await openFolder();
  const world = createLocalWorld({ dataDir: folder.path, recoverActiveRuns: false });
  return {
    world,
    async close() {
      await world.close?.();
      await folder.remove();
    },
  };
});

export const bullMqWorld = (url: () => Promise<string>): LogKind =>
  peer('@fantasticfour/world-redis-bullmq', async () => {
    const prefix = randomUUID();
    const world = createBullMq({ redis: await url(), keyPrefix: `${prefix}:`, jobPrefix: prefix });
    return { world, close: async () => world.close?.() };
  });

export const communityRedisWorld = (url: () => Promise<string>): LogKind =>
  peer('@workflow-worlds/redis', async () => {
    // It implements an older contract, and closes a client that it has made itself only with the process.
    const client = new Redis(await url());
    const world = createCommunityRedis({ client: client as never, keyPrefix: `${randomUUID()}:` });
    return { world: world as unknown as World, close: async () => client.disconnect() };
  });

export const postgresWorld = (url: () => Promise<string>): LogKind =>
  peer('@workflow/world-postgres', async () => {
    const world = createPostgres({ connectionString: await url() });
    return { world, close: async () => world.close?.() };
  });
