import { startCluster } from '@world/redis-servers';
import { afterAll } from 'vitest';
import { testRedis } from './test-redis.js';

const { url, stop } = await startCluster();
afterAll(stop);

await testRedis('a cluster of three nodes', url);
