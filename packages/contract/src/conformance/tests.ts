import { fenceTests } from './fence.js';
import { fenceScopeTests } from './fence-scope.js';
import { logTests } from './log.js';
import { manyProcessesTests } from './many-processes.js';
import type { ConformanceTest } from './types.js';

/** The suite. */
export const tests: readonly ConformanceTest[] = [
  ...logTests,
  ...fenceTests,
  ...fenceScopeTests,
  ...manyProcessesTests,
];
