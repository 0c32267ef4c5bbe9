import { join } from 'node:path';
import { openFolder } from '@world/app-process';
import { testSdk } from './test-sdk.js';

testSdk({
  name: '@world/sqlite',
  openPlace: async () => {
    const folder = await openFolder();
    return {
      env: {
        WORKFLOW_TARGET_WORLD: '@world/sqlite',
        WORKFLOW_WORLD_URL: `sqlite:${join(folder.path, 'world.db')}`,
      },
      close: folder.remove,
    };
  },
  restart: true,
  encrypts: true,
});
