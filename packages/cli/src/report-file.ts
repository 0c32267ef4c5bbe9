import { existsSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CliError, messageOf } from './cli-error.js';

/** The file that `--report` names. */

/** @throws CliError when a report could not be written there; asked before the work that it tells of. */
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

export async function writeReport(file: string, text: string): Promise<void> {
  await writing(file, () => writeFile(resolve(file), text));
}

async function writing(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new CliError(`--report ${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
