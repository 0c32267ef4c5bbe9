import { startRedis, valkeyProgram } from '@world/redis-servers';
import { afterAll, test } from 'vitest';
import { testRedis } from './test-redis.js';

const program = await valkeyProgram();
if (program === undefined) {
  test.skip('conformance of @world/redis on Valkey: no valkey-server is on the PATH, nor to be had', () => {});
} else {
  const { url, stop } = await startRedis({ program });
  afterAll(stop);
  await testRedis('Valkey', url);
}
