import { emmett } from '../logs/emmett.js';
import {
  bullMqWorld,
  communityRedisWorld,
  postgresWorld,
  stockLogOf,
  worldLocal,
} from '../logs/peers.js';
import { writers } from '../logs/workloads.js';
import { logOf, redisWorld, sqliteWorld } from '../logs/worlds.js';
import type { Benchmark } from '../measure/benchmark.js';
import { under } from './under.js';

/** Appends beside the worlds that one would use instead. */

const SQLITE = logOf(sqliteWorld('full'));
const REDIS = logOf(redisWorld);
const LOCAL = stockLogOf(worldLocal);
const BULLMQ = stockLogOf(bullMqWorld);
const COMMUNITY = stockLogOf(communityRedisWorld);
const POSTGRES = stockLogOf(postgresWorld);

const ONE = writers(1, 1);
const EIGHT = writers(8, 1);
const MANY = writers(8, 200);

export const peers: Benchmark = {
  title: 'Appends, beside other worlds',
  unit: '/s',
  about: `Events per second, the same steps as above. Versions: \`@workflow/world-local\` 4.4.1, \`@workflow/world-postgres\` 4.3.7 on a PostgreSQL of its own,
\`@fantasticfour/world-redis-bullmq\` 2.5.0, \`@workflow-worlds/redis\` 0.2.2, all Redis worlds on one server.
\`@event-driven-io/emmett-postgresql\` 0.42.0 is an event store, and no world: it checks no transitions and keeps no runs.

What bounds ours stands above: with SQLite the pages of a commit and its sync, which world-local does not do; with Redis the script and the client. What one
advances over world-local depends on how fast a sync is: 4 to 8 times on different days.`,
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
    {
      title: 'one writer',
      base: under(emmett, ONE),
      subjects: [under(SQLITE, ONE), under(REDIS, ONE)],
    },
    {
      title: '8 writers, 200 runs',
      base: under(emmett, MANY),
      subjects: [under(SQLITE, MANY), under(REDIS, MANY)],
    },
  ],
};
