#!/usr/bin/env node
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { describeError, Interrupted, oneLine } from './cli-error.js';
import { createProgram } from './program.js';
import type { Session } from './session.js';
import { listenForInterruption } from './terminal/interruption.js';
import { printLine } from './terminal/output.js';
import { catchUncaught } from './uncaught.js';

const COULD_NOT_RUN = 2;

/** Says what went wrong, if that is not said yet, and gives the exit code. */
function fail(error: unknown): number {
  // Not deeper: errors of drivers hold the commands that were sent, and so passwords.
  if (process.env.DEBUG?.split(',').includes('world')) console.error(inspect(error, { depth: 1 }));
  if (error instanceof Interrupted) {
    printLine(process.stderr, 'interrupted');
    return error.exitCode;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Help that was shown for want of a command is message enough.
    if (error.code !== 'commander.help') printLine(process.stderr, oneLine(error.message));
    return COULD_NOT_RUN;
  }
  printLine(process.stderr, `error: ${describeError(error)}`);
  return COULD_NOT_RUN;
}

let isEnding = false;

/** Says why the command ends, and ends it. Of several reasons the first counts. */
function end(error: unknown): void {
  if (!isEnding) exit(fail(error));
}

/** Ends the process once all is written, whatever a world has left running. */
function exit(code: number): void {
  isEnding = true;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

catchUncaught(end);
process.once('beforeExit', () => {
  printLine(process.stderr, 'error: the world did not answer, and nothing is left to wait for');
  exit(COULD_NOT_RUN);
});

const session: Session = {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: listenForInterruption(),
  exitCode: 0,
  graceMs: 1000,
};

session.signal.addEventListener('abort', () => {
  setTimeout(() => end(session.signal.reason), session.graceMs);
});

createProgram(session)
  .parseAsync()
  .then(() => exit(session.exitCode), end);
