export type { FenceMode } from './commit.js';
export { createRuntime, type Runtime, type RuntimeOptions } from './create-runtime.js';
export {
  FatalError,
  HookConflictError,
  HookDisposedError,
  ReplayDivergenceError,
  RetryableError,
  RunFailedError,
  type RunFailure,
  StepFailedError,
} from './errors.js';
export { replayLog } from './replay.js';
export type { RetryOptions } from './run-step.js';
export type { ConflictLine, Counters } from './tick.js';
export type {
  HookOptions,
  StepFunction,
  StepInfo,
  Steps,
  Workflow,
  WorkflowContext,
  WorkflowHook,
  Workflows,
} from './workflow.js';
