import { badInputTests } from './bad-input.js';
import { badParamsTests } from './bad-params.js';
import { badReadTests } from './bad-reads.js';
import { batchTests } from './batches.js';
import { cursorTests } from './cursors.js';
import { fenceTests } from './fence.js';
import { followTests } from './follow.js';
import { historyTests } from './histories.js';
import { importTests } from './import.js';
import { keyTests } from './keys.js';
import { lifecycleTests } from './lifecycle.js';
import { listTests } from './lists.js';
import { modelTests } from './model.js';
import { pageTests } from './pages.js';
import { recordedTests } from './recorded.js';
import { resolveDataTests } from './resolve-data.js';
import type { ConformanceTest } from './types.js';

/** The suite. */
export const tests: readonly ConformanceTest[] = [
  ...fenceTests,
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
  ...recordedTests,
  ...modelTests,
  ...historyTests,
];
