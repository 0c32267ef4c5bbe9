#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CreateError } from './create-error.js';
import { createProgram } from './program.js';

const NOT_CREATED = 2;

/** Says what went wrong, in one line, and gives the exit code. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    process.stderr.write(`${error.message.replaceAll('\n', ' ')}; --help shows how\n`);
  } else if (error instanceof CreateError) {
    process.stderr.write(`error: ${error.message}\n`);
  } else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  return NOT_CREATED;
}

createProgram((text) => process.stdout.write(text))
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = fail(error);
  });
