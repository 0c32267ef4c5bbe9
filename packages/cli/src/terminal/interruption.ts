import { constants } from 'node:os';
import { Interrupted } from '../cli-error.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGPIPE = 13;

let hangUp: (() => void) | undefined;

/** From now on SIGHUP calls this, and does not ask for the end. */
export function onHangUp(handler: () => void): void {
  hangUp = handler;
}

/** Aborts, with an `Interrupted` as reason, when a signal asks for the end or nobody reads stdout any more. */
export function listenForInterruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (signalNumber: number): void => {
    controller.abort(new Interrupted(128 + signalNumber));
  };
  // Not once: pnpm and run-built send a second SIGINT, which must not end the clean-up.
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && hangUp !== undefined) hangUp();
      else interrupt(constants.signals[signal]);
    });
  }
  process.stdout.on('error', () => interrupt(SIGPIPE));
  return controller.signal;
}

/** Resolves with the promise, or after this time without it. Never rejects. */
export async function settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([promise.then(ignore, ignore), timeout]);
  clearTimeout(timer);
}

const ignore = (): void => {};
