/** What workflows and steps are written against. */

/** What a step is told. */
export interface StepInfo {
  readonly runId: string;
  /** The same for every attempt: a key under which others can know this work. */
  readonly stepId: string;
  /** 1 for the first. */
  readonly attempt: number;
}

/** Does work that is done once: talks to the world outside. It may begin more than once, and ends once in the log. */
// biome-ignore lint/suspicious/noExplicitAny: what steps take and give is theirs to say
export type StepFunction = (input: any, info: StepInfo) => any;
/** Steps by name. */
export type Steps = Readonly<Record<string, StepFunction>>;

type InputOf<F extends StepFunction> = undefined extends Parameters<F>[0]
  ? [input?: Parameters<F>[0]]
  : [input: Parameters<F>[0]];

export interface HookOptions {
  readonly token?: string;
  readonly metadata?: unknown;
}

/** A door to the outside: whoever has the token can send payloads in. */
export interface WorkflowHook<T> extends AsyncIterable<T> {
  readonly token: string;
  /** The next payload; each is given once, in the order of the log. Rejects with `HookConflictError` when the token is held. */
  next(): Promise<T>;
  /** Takes no more payloads, and frees the token. */
  dispose(): void;
}

/**
 * What a workflow may touch. Everything else, as the clock or the network, would differ from one replay to the next;
 * `Promise.all`, `race` and `any` do not.
 */
export interface WorkflowContext<S extends Steps = Steps> {
  readonly runId: string;
  /** Runs a step. Rejects with `StepFailedError`. */
  step<N extends keyof S & string>(
    name: N,
    ...input: InputOf<S[N]>
  ): Promise<Awaited<ReturnType<S[N]>>>;
  /** Waits so many ms, or until a time. */
  sleep(until: number | Date): Promise<void>;
  /** Opens a hook. Without a token it gets one that can be found by the run's hooks only. */
  hook<T = unknown>(options?: HookOptions): WorkflowHook<T>;
  /** Epoch ms: when the last thing happened that the workflow knows of. */
  now(): number;
  /** 0 to 1, the same in each replay. */
  random(): number;
}

/** Orchestrates steps. It is run again from its beginning whenever something has happened. */
export type Workflow<S extends Steps = Steps> = (
  context: WorkflowContext<S>,
  // biome-ignore lint/suspicious/noExplicitAny: what workflows take is theirs to say
  input: any,
) => Promise<unknown>;
/** Workflows by name. */
export type Workflows<S extends Steps = Steps> = Readonly<Record<string, Workflow<S>>>;
