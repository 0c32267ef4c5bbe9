import type { TestReport } from '@world/contract/conformance';

/** The result of a run of the suite, as `--report` writes it. */
export interface Report {
  /** As the user named it, without passwords. */
  readonly target: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly tests: readonly TestReport[];
}

export function reportOf(target: string, tests: readonly TestReport[]): Report {
  const count = (status: TestReport['status']): number =>
    tests.filter((test) => test.status === status).length;
  return {
    target,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    tests,
  };
}

export const reportText = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
