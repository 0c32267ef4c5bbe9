import { fenceTests } from './fence.js';
import { stateTests } from './states.js';
import type { ConformanceTest } from './types.js';

/** The suite. */
export const tests: readonly ConformanceTest[] = [...fenceTests, ...stateTests];
