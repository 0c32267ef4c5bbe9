import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openFolder, type Place } from '@world/app-process';
import { startRedis } from '@world/redis-servers';
import { startServer } from '../logs/server-process.js';
import { postgresUrl } from '../servers.js';

/** A world that the SDK can run on. */
export interface Backend {
  readonly name: string;
  /** Opens an empty place, and says in its environment where that is. */
  openPlace(): Promise<Place>;
}

/** As many steps at a time as our worlds deliver. */
const CONCURRENCY = String(10 * availableParallelism());

const NOTHING_TO_CLOSE = async (): Promise<void> => {};

/** On a Redis server of its own, which the environment names. */
const onRedis = (name: string, envOf: (url: string) => Place['env']): Backend => ({
  name,
  async openPlace() {
    const redis = await startRedis();
    const env = { WORKFLOW_TARGET_WORLD: name, ...envOf(redis.url) };
    return { env, close: () => redis.stop() };
  },
});

export const POSTGRES: Backend = {
  name: '@workflow/world-postgres',
  async openPlace() {
    const env = {
      WORKFLOW_TARGET_WORLD: '@workflow/world-postgres',
      WORKFLOW_POSTGRES_URL: await postgresUrl(),
      WORKFLOW_POSTGRES_WORKER_CONCURRENCY: CONCURRENCY,
    };
    return { env, close: NOTHING_TO_CLOSE };
  },
};

export const LOCAL: Backend = {
  name: '@workflow/world-local',
  async openPlace() {
    const folder = await openFolder();
    // The SDK has it under this name.
    const env = { WORKFLOW_TARGET_WORLD: 'local', WORKFLOW_LOCAL_DATA_DIR: folder.path };
    return { env, close: () => folder.remove() };
  },
};

export const BULLMQ: Backend = onRedis('@fantasticfour/world-redis-bullmq', (url) => ({
  WORKFLOW_REDIS_URL: url,
  WORKFLOW_REDIS_WORKER_CONCURRENCY: CONCURRENCY,
}));

export const MEMORY: Backend = {
  name: '@world/memory',
  openPlace: async () => ({
    env: { WORKFLOW_TARGET_WORLD: '@world/memory', WORKFLOW_WORLD_URL: 'memory:' },
    close: NOTHING_TO_CLOSE,
  }),
};

export const SQLITE: Backend = {
  name: '@world/sqlite',
  async openPlace() {
    const folder = await openFolder();
    const url = `sqlite:${join(folder.path, 'world.db')}`;
    const env = { WORKFLOW_TARGET_WORLD: '@world/sqlite', WORKFLOW_WORLD_URL: url };
    return { env, close: () => folder.remove() };
  },
};

export const REDIS: Backend = onRedis('@world/redis', (url) => ({ WORKFLOW_WORLD_URL: url }));

/** Over a world in the memory of a server process. */
export const REMOTE: Backend = {
  name: '@world/remote-http',
  async openPlace() {
    const server = await startServer('memory');
    const env = { WORKFLOW_TARGET_WORLD: '@world/remote-http', WORKFLOW_WORLD_URL: server.url };
    return { env, close: () => server.stop() };
  },
};
