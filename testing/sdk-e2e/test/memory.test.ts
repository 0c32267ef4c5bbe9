import { testSdk } from './test-sdk.js';

testSdk({
  name: '@world/memory',
  openPlace: async () => ({
    env: { WORKFLOW_TARGET_WORLD: '@world/memory', WORKFLOW_WORLD_URL: 'memory:' },
    close: async () => {},
  }),
  restart: false,
  encrypts: true,
});
