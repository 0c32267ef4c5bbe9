import { badInputTests, badParamsTests } from './bad-input.js';
import { badReadTests } from './bad-reads.js';
import { batchTests } from './batches.js';
import { cursorTests } from './cursors.js';
import { fenceTests } from './fence.js';
import { keyTests } from './keys.js';
import { listTests } from './lists.js';
import { pageTests } from './pages.js';
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
];
