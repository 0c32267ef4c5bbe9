import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConformanceTest, runConformance, type TestReport } from '@world/contract/conformance';
import { settledWithin } from '../terminal/interruption.js';
import { catchUncaught } from '../uncaught.js';
import type { Progress } from './progress.js';
import type { SuiteTarget } from './suite-target.js';

export interface SuiteOptions {
  readonly target: SuiteTarget;
  readonly tests: readonly ConformanceTest[];
  /** A test that takes longer has failed. */
  readonly timeoutMs: number;
  /** Ends the suite at once, with the signal's reason. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** How long a test that was given up may take to close what it has opened. */
const GIVE_UP_MS = 2000;

/**
 * Runs tests one after the other. A test also fails when it does not end, or when an error escapes from the world.
 * @throws the signal's reason.
 */
export async function runSuite(options: SuiteOptions): Promise<readonly TestReport[]> {
  const reports: TestReport[] = [];
  for (const test of options.tests) {
    options.signal.throwIfAborted();
    options.progress.begin(test.id);
    const report = await runOne(test, options);
    options.progress.end(report);
    reports.push(report);
  }
  return reports;
}

async function runOne(
  test: ConformanceTest,
  { target, timeoutMs, signal }: SuiteOptions,
): Promise<TestReport> {
  const { id, title } = test;
  const escaped: unknown[] = [];
  const release = catchUncaught((error) => escaped.push(error));
  const iterator = runConformance(target, { only: [id] });
  let settled = false;
  const running = iterator.next().then(({ value }) => {
    settled = true;
    return value as TestReport;
  });
  const end = ending(timeoutMs, signal);
  try {
    const report = await Promise.race([running, end.promise]);
    // A rejection that nobody handles is known one turn later.
    await nextTurn();
    if (report !== undefined) return withEscaped(report, escaped);
    const reason = `did not end within ${timeoutMs / 1000} s`;
    return withEscaped({ id, title, status: 'failed', ms: timeoutMs, reason }, escaped);
  } finally {
    end.dispose();
    // Closing its worlds makes a test fail; then it ends its processes and cleans up itself.
    if (!settled) await settledWithin(Promise.all([running, target.closeWorlds()]), GIVE_UP_MS);
    release();
  }
}

/** Resolves with nothing when the time is over, rejects when the signal comes. */
function ending(
  timeoutMs: number,
  signal: AbortSignal,
): { promise: Promise<undefined>; dispose: () => void } {
  let dispose = (): void => {};
  const promise = new Promise<undefined>((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    dispose = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  return { promise, dispose };
}

function withEscaped(report: TestReport, escaped: readonly unknown[]): TestReport {
  if (escaped.length === 0) return report;
  const stacks = escaped.map((error) =>
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
  const reason = [report.reason, ...stacks.map((stack) => `an error escaped: ${stack}`)];
  const text = reason.filter((one) => one !== undefined).join('\n');
  return { ...report, status: 'failed', reason: text };
}
