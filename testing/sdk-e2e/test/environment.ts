// The suite on the world that the environment names: WORKFLOW_TARGET_WORLD and what that world reads besides. Its data has
// to be empty. WORKFLOW_TARGET_WORLD=local is the SDK's own world, in an empty folder for each app.
import { openFolder } from '@world/app-process';
import { testSdk } from './test-sdk.js';

const target = process.env.WORKFLOW_TARGET_WORLD ?? '';
const isLocal = target === 'local';

testSdk({
  name: target,
  restart: target !== '@world/memory',
  // All apps of the suite are on the same data here.
  encrypts: false,
  openPlace: async () => {
    if (!isLocal) return { env: {}, close: async () => {} };
    const folder = await openFolder();
    return { env: { WORKFLOW_LOCAL_DATA_DIR: folder.path }, close: folder.remove };
  },
});
