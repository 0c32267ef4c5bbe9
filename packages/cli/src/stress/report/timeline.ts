import type { Event } from '@world/contract';
import type { RunResult, StormResult } from '../storm-result.js';

/** Something that happened to a run, in its log or in a worker. */
export interface Moment {
  /** Since the run was created. */
  readonly ms: number;
  /** `log`, or the worker. */
  readonly lane: string;
  readonly kind: string;
  readonly text: string;
}

/** A run to be looked at, and what happened to it, in order of time. */
export interface Timeline {
  readonly run: RunResult;
  readonly storm: StormResult;
  readonly moments: readonly Moment[];
}

/** The run with the most conflicts among those that were watched; undefined when none had any. */
export function timelineOf(storms: readonly StormResult[]): Timeline | undefined {
  const candidates = storms.flatMap((storm) =>
    storm.runs.map((run) => {
      const marks = storm.marks.filter(({ runId }) => runId === run.runId);
      return {
        storm,
        run,
        marks,
        conflicts: marks.filter(({ kind }) => kind === 'conflict').length,
      };
    }),
  );
  const [most] = candidates.sort((a, b) => b.conflicts - a.conflicts);
  if (most === undefined || most.conflicts === 0) return undefined;
  const { run, storm, marks } = most;
  const began = run.log[0]?.createdAt.getTime() ?? 0;
  const moments = [
    ...run.log.map((event) => momentOf(event, began)),
    ...marks.map((mark) => ({
      ms: mark.at - began,
      lane: `worker ${mark.worker}`,
      kind: mark.kind,
      text: mark.text,
    })),
  ];
  return { run, storm, moments: moments.sort((a, b) => a.ms - b.ms) };
}

function momentOf(event: Event, began: number): Moment {
  const { seq, eventType, correlationId = '' } = event;
  return {
    ms: event.createdAt.getTime() - began,
    lane: 'log',
    kind: eventType,
    text: `${seq} ${eventType} ${correlationId}`.trim(),
  };
}
