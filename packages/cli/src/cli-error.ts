import { type ErrorCode, WorldError } from '@world/contract';

/** Why a command could not do what it was asked; the message says in one line what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** A signal ended the command. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** 128 + the signal's number, as shells have it. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

/** What a user can do about a code, when the message alone does not say it. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  RUN_NOT_FOUND: '`world inspect <url> runs` lists what is there; is it another --namespace?',
};

const CONTROL = /\p{Cc}+/gu;

/** Text on one line that a terminal does not interpret. */
export const oneLine = (text: string): string => text.replaceAll(CONTROL, ' ').trim();

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const message = oneLine(error.message);
  return message === '' ? error.name : message;
}

/** An error as a user sees it: one line, with advice where there is some. */
export function describeError(error: unknown): string {
  if (WorldError.is(error)) {
    const advice = ADVICE[error.code];
    return `${messageOf(error)} (${error.code})${advice === undefined ? '' : `; ${advice}`}`;
  }
  if (error instanceof CliError) return messageOf(error);
  return `unexpected: ${messageOf(error)}; DEBUG=world shows where`;
}
