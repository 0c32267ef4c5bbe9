import type { Output } from './terminal/output.js';

/** What commands run with. */
export interface Session {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts, with an `Interrupted`, when the user wants the end. */
  readonly signal: AbortSignal;
  /** 0 unless a command found something wrong; a command that could not run throws instead. */
  exitCode: number;
  /** How long the command may go on after `signal`, to clean up; then the process ends. */
  graceMs: number;
}
