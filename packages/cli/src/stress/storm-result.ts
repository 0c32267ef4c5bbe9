import type { World } from '@world/contract';
import type { Counters, FenceMode } from '@world/runtime';
import type { CheckedRun } from './check-run.js';
import type { Mark } from './news.js';

/** What became of one run. */
export interface RunResult extends CheckedRun {
  readonly status: string;
  /** Of a run that has failed. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** From its creation to its end; absent while it runs. */
  readonly latencyMs?: number;
}

/** What a storm has come to. */
export interface StormResult {
  readonly fence: FenceMode;
  readonly namespace: string;
  /** Whether its workers were processes of their own. */
  readonly processes: boolean;
  readonly runs: readonly RunResult[];
  readonly counters: Counters;
  readonly payloads: { readonly sent: number; readonly late: number };
  /** From the first start to the last end, or to the timeout. */
  readonly durationMs: number;
  /** What went wrong with deliveries, in words. */
  readonly deliveryProblems: readonly string[];
  /** Of the runs that were watched. */
  readonly marks: readonly Mark[];
}

/** Adds what the world says of a run to what its log says. */
export async function resultOf(world: World, checked: CheckedRun): Promise<RunResult> {
  const run = await world.runs.get(checked.runId);
  const { status } = run;
  const ended = run.completedAt?.getTime();
  return {
    ...checked,
    status,
    ...(ended !== undefined && { latencyMs: ended - run.createdAt.getTime() }),
    ...(run.status === 'failed' && {
      failure: { code: run.error.code ?? 'USER_ERROR', message: run.error.message },
    }),
  };
}
