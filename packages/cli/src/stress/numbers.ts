import type { FenceMode } from '@world/runtime';
import type { RunResult, StormResult } from './storm-result.js';

/** The numbers of a storm. */
export interface Numbers {
  readonly fence: FenceMode;
  readonly runs: number;
  readonly completed: number;
  /** Runs that have failed, by error code. */
  readonly failed: Readonly<Record<string, number>>;
  readonly running: number;
  /** Runs whose log is wrong, or that gave up because it was. */
  readonly corrupted: number;
  readonly conflicts: number;
  readonly conflictsPerRun: number;
  readonly retries: number;
  readonly handedBack: number;
  readonly ticks: number;
  readonly divergences: number;
  readonly stepAttempts: number;
  readonly events: number;
  readonly eventsPerRun: number;
  readonly eventsPerSecond: number;
  /** `lost`: a hook took them, and they are in no log. */
  readonly payloads: { readonly sent: number; readonly late: number; readonly lost: number };
  /** From the creation of a run to its end, ms; null when none has ended. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly durationMs: number;
}

const CORRUPTED = 'CORRUPTED_EVENT_LOG';

export const isCorrupted = ({ problems, failure }: RunResult): boolean =>
  problems.length > 0 || failure?.code === CORRUPTED;

/** Payloads that hooks took, and that are in no log. */
function lostIn({ runs, payloads }: StormResult): number {
  const received = runs.reduce(
    (total, { log }) => total + log.filter((one) => one.eventType === 'hook_received').length,
    0,
  );
  return Math.max(0, payloads.sent - received);
}

/** Whether every run has completed with a log that is right, and no payload is lost. */
export const isClean = (storm: StormResult): boolean =>
  storm.runs.every((run) => run.status === 'completed' && !isCorrupted(run)) && lostIn(storm) === 0;

export function numbersOf(storm: StormResult): Numbers {
  const { fence, runs, counters, payloads, durationMs } = storm;
  const events = runs.reduce((total, { log }) => total + log.length, 0);
  const perRun = (count: number): number => rounded(count / runs.length);
  const latencies = runs.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
  return {
    fence,
    runs: runs.length,
    completed: runs.filter(({ status }) => status === 'completed').length,
    failed: countsOf(runs.flatMap(failureOf)),
    running: runs.filter(({ latencyMs }) => latencyMs === undefined).length,
    corrupted: runs.filter(isCorrupted).length,
    ...counters,
    conflictsPerRun: perRun(counters.conflicts),
    events,
    eventsPerRun: perRun(events),
    eventsPerSecond: rounded((events * 1000) / durationMs),
    payloads: { ...payloads, lost: lostIn(storm) },
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    durationMs,
  };
}

function failureOf({ status, failure }: RunResult): readonly string[] {
  if (status === 'cancelled') return ['RUN_CANCELLED'];
  return failure === undefined ? [] : [failure.code];
}

function countsOf(codes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes.toSorted()) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** The smallest value that so many of them do not exceed. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? null;
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
