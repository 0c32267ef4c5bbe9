import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openFolder, type Place } from '@world/app-process';
import { startRedis } from '@world/redis-servers';
import { postgresUrl } from '../servers.js';

/** By the name of the world, how an empty place is opened that the SDK can run on. */
export const BACKENDS: Readonly<Record<string, () => Promise<Place>>> = {
  '@workflow/world-postgres': async () => ({
    env: {
      WORKFLOW_POSTGRES_URL: await postgresUrl(),
      // As many steps at a time as our worlds deliver.
      WORKFLOW_POSTGRES_WORKER_CONCURRENCY: String(10 * availableParallelism()),
    },
    close: async () => {},
  }),
  '@workflow/world-local': async () => {
    const folder = await openFolder();
    // The SDK has it under this name.
    const env = { WORKFLOW_TARGET_WORLD: 'local', WORKFLOW_LOCAL_DATA_DIR: folder.path };
    return { env, close: () => folder.remove() };
  },
  '@world/sqlite': async () => {
    const folder = await openFolder();
    const env = { WORKFLOW_WORLD_URL: `sqlite:${join(folder.path, 'world.db')}` };
    return { env, close: () => folder.remove() };
  },
  '@world/redis': async () => {
    const redis = await startRedis();
    return { env: { WORKFLOW_WORLD_URL: redis.url }, close: () => redis.stop() };
  },
};
