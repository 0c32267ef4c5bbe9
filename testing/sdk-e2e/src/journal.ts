import { appendFileSync } from 'node:fs';
import { getStepMetadata, getWorkflowMetadata } from 'workflow';

/** What a step body has written down: that it began, or that it ended. */
export interface JournalLine {
  readonly runId: string;
  readonly stepId: string;
  /** What the workflow calls this step. */
  readonly label: string;
  readonly phase: 'begin' | 'end';
  /** As the SDK counts, from 1. */
  readonly attempt: number;
  /** Epoch ms. */
  readonly time: number;
}

/** Runs the body of a step, with a line in the journal before and one after it. A body that throws leaves only the first. */
export async function journaled<T>(label: string, body: () => T | Promise<T>): Promise<T> {
  const { workflowRunId: runId } = getWorkflowMetadata();
  const { stepId, attempt } = getStepMetadata();
  const write = (phase: JournalLine['phase']): void => {
    const line: JournalLine = { runId, stepId, label, phase, attempt, time: Date.now() };
    // One write of less than a block: lines of several processes do not mix.
    appendFileSync(process.env.JOURNAL ?? '', `${JSON.stringify(line)}\n`);
  };
  write('begin');
  const result = await body();
  write('end');
  return result;
}
