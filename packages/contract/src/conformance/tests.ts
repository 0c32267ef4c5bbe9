import { canaryTests } from './canary.js';
import { entityTests } from './entities.js';
import { exactDataTests } from './exact-data.js';
import { fenceTests } from './fence.js';
import { runTests } from './runs.js';
import { stateTests } from './states.js';
import { stepTests } from './steps.js';
import type { ConformanceTest } from './types.js';

/** The suite. */
export const tests: readonly ConformanceTest[] = [
  ...fenceTests,
  ...stateTests,
  ...canaryTests,
  ...entityTests,
  ...runTests,
  ...stepTests,
  ...exactDataTests,
];
