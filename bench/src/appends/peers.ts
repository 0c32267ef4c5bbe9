import { bullMqWorld, communityRedisWorld, postgresWorld, worldLocal } from '../logs/peers.js';
import { writers } from '../logs/workloads.js';
import { logOf, redisWorld, sqliteWorld } from '../logs/worlds.js';
import type { Benchmark } from '../measure/benchmark.js';
import { postgresUrl, redisUrl } from '../servers.js';
import { under } from './under.js';

/** Appends beside the worlds that one would use instead. */

const SQLITE = logOf(sqliteWorld('full'));
const REDIS = logOf(redisWorld(redisUrl));
const LOCAL = worldLocal;
const BULLMQ = bullMqWorld(redisUrl);
const COMMUNITY = communityRedisWorld(redisUrl);
const POSTGRES = postgresWorld(postgresUrl);

const ONE = writers(1, 1);
const EIGHT = writers(8, 1);

export const peers: Benchmark = {
  title: 'Appends, beside other worlds',
  unit: '/s',
  about: `Events per second, the same steps as above. Versions: \`@workflow/world-local\` 4.4.1, \`@workflow/world-postgres\` 4.3.7 on a PostgreSQL of its own,
\`@fantasticfour/world-redis-bullmq\` 2.5.0, \`@workflow-worlds/redis\` 0.2.2, all Redis worlds on one server.`,
  comparisons: [
    { title: 'one writer', base: under(LOCAL, ONE), subjects: [under(SQLITE, ONE)], atLeast: 8 },
    { title: 'one writer', base: under(BULLMQ, ONE), subjects: [under(REDIS, ONE)], atLeast: 3 },
    {
      title: '8 writers, one run',
      base: under(BULLMQ, EIGHT),
      subjects: [under(REDIS, EIGHT)],
      atLeast: 5,
    },
    { title: 'one writer', base: under(COMMUNITY, ONE), subjects: [under(REDIS, ONE)] },
    {
      title: 'one writer',
      base: under(POSTGRES, ONE),
      subjects: [under(SQLITE, ONE), under(REDIS, ONE)],
    },
    {
      title: '8 writers, one run',
      base: under(POSTGRES, EIGHT),
      subjects: [under(SQLITE, EIGHT), under(REDIS, EIGHT)],
    },
  ],
};
