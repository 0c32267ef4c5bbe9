import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openFolder, type Place } from '@world/app-process';
import { startRedis } from '@world/redis-servers';
import { startPostgres } from './postgres.js';

/** A backend that the SDK can run on; each place in it is empty. */
export interface Backend {
  openPlace(): Promise<Place>;
  stop(): Promise<void>;
}

/** By the name of the world, how its backend is started. */
export const BACKENDS: Readonly<Record<string, () => Promise<Backend>>> = {
  '@workflow/world-postgres': async () => {
    const postgres = await startPostgres();
    let databases = 0;
    return {
      async openPlace() {
        databases += 1;
        const WORKFLOW_POSTGRES_URL = await postgres.createDatabase(`place_${databases}`);
        // As many steps at a time as our worlds deliver.
        const WORKFLOW_POSTGRES_WORKER_CONCURRENCY = String(10 * availableParallelism());
        const env = { WORKFLOW_POSTGRES_URL, WORKFLOW_POSTGRES_WORKER_CONCURRENCY };
        return { env, close: async () => {} };
      },
      stop: () => postgres.stop(),
    };
  },
  '@world/sqlite': async () => ({
    async openPlace() {
      const folder = await openFolder();
      const env = { WORKFLOW_WORLD_URL: `sqlite:${join(folder.path, 'world.db')}` };
      return { env, close: () => folder.remove() };
    },
    stop: async () => {},
  }),
  '@world/redis': async () => ({
    async openPlace() {
      const redis = await startRedis();
      return { env: { WORKFLOW_WORLD_URL: redis.url }, close: () => redis.stop() };
    },
    stop: async () => {},
  }),
};
