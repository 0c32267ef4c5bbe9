import { sharedRedisUrl } from '@world/redis-servers';
import { afterAll } from 'vitest';
import { testRedis } from './test-redis.js';

const { url, stop } = await sharedRedisUrl();
afterAll(stop);

await testRedis('one server', url);
