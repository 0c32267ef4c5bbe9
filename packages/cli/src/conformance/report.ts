import { existsSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { TestReport } from '@world/contract/conformance';
import { CliError, messageOf } from '../cli-error.js';

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

/** @throws CliError when a report could not be written there; asked before the suite runs. */
export function assertReportPath(file: string): void {
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) {
    throw new CliError(`--report ${file}: the folder ${folder} does not exist; create it first`);
  }
  if (statSync(resolve(file), { throwIfNoEntry: false })?.isDirectory()) {
    throw new CliError(`--report ${file} is a folder; name a file in it`);
  }
}

/** A report of an earlier run must not pass for one of a run that did not end. */
export async function removeReport(file: string): Promise<void> {
  await writing(file, () => rm(resolve(file), { force: true }));
}

export async function writeReport(file: string, report: Report): Promise<void> {
  await writing(file, () => writeFile(resolve(file), reportText(report)));
}

async function writing(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new CliError(`--report ${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
