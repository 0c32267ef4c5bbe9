import { startRedis } from '@world/redis-servers';
import { testSdk } from './test-sdk.js';

testSdk({
  name: '@world/redis',
  // A server for each, since the environment names no namespace.
  openPlace: async () => {
    const server = await startRedis();
    return {
      env: { WORKFLOW_TARGET_WORLD: '@world/redis', WORKFLOW_WORLD_URL: server.url },
      close: () => server.stop(),
    };
  },
  restart: true,
  encrypts: true,
});
