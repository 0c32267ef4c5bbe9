import { fenceTests } from './fence.js';
import type { ConformanceTest } from './types.js';

/** The suite. */
export const tests: readonly ConformanceTest[] = [...fenceTests];
