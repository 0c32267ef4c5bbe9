import { join } from 'node:path';
import { openFolder } from '@world/app-process';
import { serve } from '@world/remote-http/server';
import { createWorld } from '@world/sqlite';
import { testSdk } from './test-sdk.js';

testSdk({
  name: '@world/remote-http over SQLite',
  openPlace: async () => {
    const folder = await openFolder();
    const url = `sqlite:${join(folder.path, 'world.db')}`;
    const server = await serve((namespace) => createWorld({ url, namespace }));
    return {
      env: { WORKFLOW_TARGET_WORLD: '@world/remote-http', WORKFLOW_WORLD_URL: server.url },
      close: async () => {
        await server.stop();
        await folder.remove();
      },
    };
  },
  restart: true,
  encrypts: true,
});
