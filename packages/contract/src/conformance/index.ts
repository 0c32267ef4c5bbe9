export type { RecordedEvent, RecordedRun } from './recorded-runs.js';
export { mergedEvents, recordedRuns, requestOf } from './recorded-runs.js';
export { missingNeed, runConformance, runTest } from './run-conformance.js';
export type { ConformanceTarget, TargetOptions } from './target.js';
export { testWorld } from './test-world.js';
export { tests } from './tests.js';
export type { ConformanceTest, Need, TestContext, TestReport } from './types.js';
