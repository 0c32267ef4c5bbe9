/**
 * Runs, steps, hooks and waits as callers see them: the shapes of `@workflow/world@4.5.0`, plus
 * `lastKnownEventId` on runs. Times are Dates, exact to the ms.
 */

export const RUN_STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
/** `pending` until it is started; `completed`, `failed` and `cancelled` are terminal. */
export type RunStatus = (typeof RUN_STATUSES)[number];
/** As of runs. No event makes a step `cancelled`; stock clients know the status. */
export type StepStatus = (typeof RUN_STATUSES)[number];
/** A wait that its run left open when it ended is not shown any more. */
export type WaitStatus = 'waiting' | 'completed';

/** An error as runs and steps show it, taken from what the client sent. */
export interface StructuredError {
  message: string;
  stack?: string | undefined;
  code?: string | undefined;
}

interface RunBase {
  runId: string;
  deploymentId: string;
  workflowName: string;
  specVersion?: number | undefined;
  executionContext?: Record<string, unknown> | undefined;
  input?: unknown;
  startedAt?: Date | undefined;
  expiredAt?: Date | undefined;
  createdAt: Date;
  updatedAt: Date;
  /** Id of the run's last event: the tail, and the next fence. */
  lastKnownEventId: string;
}

type OpenRun = RunBase & {
  status: 'pending' | 'running';
  output?: undefined;
  error?: undefined;
  completedAt?: undefined;
};
type CancelledRun = RunBase & {
  status: 'cancelled';
  output?: undefined;
  error?: undefined;
  completedAt: Date;
};
type CompletedRun = RunBase & {
  status: 'completed';
  output: unknown;
  error?: undefined;
  completedAt: Date;
};
type FailedRun = RunBase & {
  status: 'failed';
  output?: undefined;
  error: StructuredError;
  completedAt: Date;
};

/** A run, by its status: only completed runs have `output`, only failed ones `error`. */
export type WorkflowRun = OpenRun | CancelledRun | CompletedRun | FailedRun;

type WithoutPayloads<T> = Omit<T, 'input' | 'output'> & { input: undefined; output: undefined };

/** A run read with `resolveData: 'none'`. */
export type WorkflowRunWithoutData = WithoutPayloads<WorkflowRun>;

/** A step of a run. */
export interface Step {
  runId: string;
  stepId: string;
  stepName: string;
  status: StepStatus;
  input?: unknown;
  output?: unknown;
  error?: StructuredError | undefined;
  /** 0 until it is started, then one more with every start. */
  attempt: number;
  startedAt?: Date | undefined;
  completedAt?: Date | undefined;
  createdAt: Date;
  updatedAt: Date;
  /** It may not start before this time. */
  retryAfter?: Date | undefined;
  specVersion?: number | undefined;
}

/** A step read with `resolveData: 'none'`. */
export type StepWithoutData = WithoutPayloads<Step>;

/** A live hook: it owns its token, and takes payloads from outside. */
export interface Hook {
  runId: string;
  hookId: string;
  token: string;
  ownerId: string;
  projectId: string;
  environment: string;
  metadata?: unknown;
  createdAt: Date;
  specVersion?: number;
  isWebhook?: boolean;
}

/** A wait of a run, for a time. */
export interface Wait {
  waitId: string;
  runId: string;
  status: WaitStatus;
  resumeAt?: Date | undefined;
  completedAt?: Date | undefined;
  createdAt: Date;
  updatedAt: Date;
  specVersion?: number | undefined;
}
