import type { Evaluation, EventRecord } from '@world/contract';
import type { Breakage } from './broken-world.js';

/** An evaluation whose events are changed on their way into the log, with all that shows them. */
export function alterEvents(
  evaluation: Evaluation,
  change: (event: EventRecord) => EventRecord,
): Evaluation {
  const { outcome, writes } = evaluation;
  if (writes === undefined || outcome.kind !== 'committed') return evaluation;
  const events = writes.events.map(change);
  const last = events.at(-1);
  const tail = last === undefined ? writes.run.tail : { ...writes.run.tail, eventId: last.eventId };
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  return {
    outcome: {
      ...outcome,
      results: outcome.results.map((result) => {
        const event = result.event && bySeq.get(result.event.seq);
        return event === undefined ? result : { ...result, event };
      }),
    },
    writes: { ...writes, events, run: { ...writes.run, tail } },
  };
}

/** The events of an evaluation take positions `gap` further on. */
export function shifted(evaluation: Evaluation, gap: number): Evaluation {
  const { outcome, writes } = evaluation;
  if (writes === undefined || outcome.kind !== 'committed') return evaluation;
  const shift = (event: EventRecord): EventRecord => ({ ...event, seq: event.seq + gap });
  return {
    outcome: {
      ...outcome,
      results: outcome.results.map((result) =>
        result.event ? { ...result, event: shift(result.event) } : result,
      ),
    },
    writes: { ...writes, events: writes.events.map(shift) },
  };
}

/** Every refusal uses up a position of its run. */
export const gapAfterRefusal: Breakage = {
  evaluation: (decide) => {
    const gaps = new Map<string, number>();
    return (view, append, nowMs) => {
      const evaluation = decide(view, append, nowMs);
      const gap = gaps.get(append.runId) ?? 0;
      if (evaluation.outcome.kind === 'refused') gaps.set(append.runId, gap + 1);
      return shifted(evaluation, gap);
    };
  },
};
