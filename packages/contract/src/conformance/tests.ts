import { badInputTests, badParamsTests } from './bad-input.js';
import { badReadTests } from './bad-reads.js';
import { batchTests } from './batches.js';
import { canaryTests } from './canary.js';
import { cursorTests } from './cursors.js';
import { entityTests } from './entities.js';
import { entityRaceTests } from './entity-races.js';
import { exactDataTests } from './exact-data.js';
import { fenceTests } from './fence.js';
import { fenceScopeTests } from './fence-scope.js';
import { hookTests } from './hooks.js';
import { keyTests } from './keys.js';
import { listTests } from './lists.js';
import { logTests } from './log.js';
import { manyProcessesTests } from './many-processes.js';
import { pageTests } from './pages.js';
import { resolveDataTests } from './resolve-data.js';
import { runTests } from './runs.js';
import { stateTests } from './states.js';
import { stepTests } from './steps.js';
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
];
