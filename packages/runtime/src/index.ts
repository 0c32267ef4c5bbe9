export type { FenceMode } from './commit.js';
export type { Counters } from './counters.js';
export { createRuntime, type Runtime, type RuntimeOptions } from './create-runtime.js';
export {
  FatalError,
  HookConflictError,
  ReplayDivergenceError,
  RetryableError,
  RunFailedError,
  type RunFailure,
  StepFailedError,
} from './errors.js';
export { replayLog } from './replay.js';
export type { RetryOptions } from './run-step.js';
export type { ConflictLine } from './tick.js';
export type {
  StepFunction,
  StepInfo,
  Steps,
  Workflow,
  WorkflowContext,
  WorkflowHook,
  Workflows,
} from './workflow.js';
