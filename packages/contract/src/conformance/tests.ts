import { badInputTests } from './bad-input.js';
import { badParamsTests } from './bad-params.js';
import { badReadTests } from './bad-reads.js';
import { batchTests } from './batches.js';
import { canaryTests } from './canary.js';
import { cursorTests } from './cursors.js';
import { entityTests } from './entities.js';
import { entityRaceTests } from './entity-races.js';
import { exactDataTests } from './exact-data.js';
import { fenceTests } from './fence.js';
import { fenceScopeTests } from './fence-scope.js';
import { followTests } from './follow.js';
import { historyTests } from './histories.js';
import { hookTests } from './hooks.js';
import { importTests } from './import.js';
import { keyTests } from './keys.js';
import { lifecycleTests } from './lifecycle.js';
import { listTests } from './lists.js';
import { logTests } from './log.js';
import { manyProcessesTests } from './many-processes.js';
import { modelTests } from './model.js';
import { pageTests } from './pages.js';
import { queueClaimTests } from './queue-claims.js';
import { queueDeliveryTests } from './queue-deliveries.js';
import { queueForgeryTests } from './queue-forgeries.js';
import { queueProcessTests } from './queue-processes.js';
import { recordedTests } from './recorded.js';
import { resolveDataTests } from './resolve-data.js';
import { runTests } from './runs.js';
import { stateTests } from './states.js';
import { stepTests } from './steps.js';
import { streamInputTests } from './stream-input.js';
import { streamLoadTests } from './stream-load.js';
import { streamProcessTests } from './stream-processes.js';
import { streamReaderTests } from './stream-readers.js';
import { streamRemovalTests } from './stream-removal.js';
import { streamTests } from './streams.js';
import { tokenReleaseTests } from './token-release.js';
import { tokenTests } from './tokens.js';
import type { ConformanceTest } from './types.js';

/** The suite. */
export const tests: readonly ConformanceTest[] = [
  ...fenceTests,
  ...stateTests,
  ...canaryTests,
  ...entityTests,
  ...entityRaceTests,
  ...runTests,
  ...stepTests,
  ...hookTests,
  ...tokenTests,
  ...tokenReleaseTests,
  ...exactDataTests,
  ...logTests,
  ...fenceScopeTests,
  ...manyProcessesTests,
  ...pageTests,
  ...cursorTests,
  ...listTests,
  ...resolveDataTests,
  ...batchTests,
  ...keyTests,
  ...badInputTests,
  ...badParamsTests,
  ...badReadTests,
  ...importTests,
  ...lifecycleTests,
  ...followTests,
  ...streamTests,
  ...streamReaderTests,
  ...streamLoadTests,
  ...streamRemovalTests,
  ...streamProcessTests,
  ...streamInputTests,
  ...queueClaimTests,
  ...queueDeliveryTests,
  ...queueForgeryTests,
  ...queueProcessTests,
  ...recordedTests,
  ...modelTests,
  ...historyTests,
];
