import { startRedis } from '@world/redis-servers';
import { addWorldTables, type Postgres, startPostgres } from './postgres.js';

/** The servers that benchmarks share, each started when it is first asked for. */

interface Server {
  stop(): Promise<void>;
}

function shared<S extends Server>(start: () => Promise<S>) {
  let server: Promise<S> | undefined;
  return {
    get(): Promise<S> {
      server ??= start();
      return server;
    },
    async stop(): Promise<void> {
      const started = server;
      server = undefined;
      await (await started)?.stop();
    },
  };
}

/** As most run it: it syncs its log once a second. */
const redis = shared(() => startRedis({ args: ['--appendfsync', 'everysec'] }));
const postgres = shared<Postgres>(startPostgres);

export const redisUrl = async (): Promise<string> => (await redis.get()).url;

let databases = 0;

/** Of a new database with nothing in it. */
export async function emptyPostgresUrl(): Promise<string> {
  databases += 1;
  return (await postgres.get()).createDatabase(`bench_${databases}`);
}

/** Of a new database with the tables of `@workflow/world-postgres`. */
export async function postgresUrl(): Promise<string> {
  const url = await emptyPostgresUrl();
  await addWorldTables(url);
  return url;
}

export async function stopServers(): Promise<void> {
  await Promise.all([redis.stop(), postgres.stop()]);
}
