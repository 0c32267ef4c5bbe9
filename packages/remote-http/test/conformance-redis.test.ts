import { createWorld } from '@world/redis';
import { sharedRedisUrl } from '@world/redis-servers';
import { afterAll } from 'vitest';
import { testServed } from './test-served.js';

const { url, stop } = await sharedRedisUrl();
afterAll(stop);

await testServed('Redis', (namespace) => createWorld({ url, namespace }));
