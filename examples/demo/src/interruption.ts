import { constants } from 'node:os';

/** The demo has to end before its time; nothing is wrong with it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

/**
 * Aborts when a signal asks for the end or nobody reads the output any more, with an `Interrupted` as reason; and with the error
 * when one escapes.
 */
export function listenForInterruption(): AbortSignal {
  const controller = new AbortController();
  // Not once: pnpm and run-built send a second SIGINT, which must not end the clean-up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort(new Interrupted(128 + constants.signals[signal])));
  }
  // Whoever reads the output has seen enough, as `head` does.
  process.stdout.on('error', () => controller.abort(new Interrupted(1)));
  process.on('uncaughtException', (error) => controller.abort(error));
  return controller.signal;
}

/** Settles as the promise does, or rejects with the signal's reason when that comes first. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Resolves when the promise has settled, or this time is over. Never rejects. */
export async function settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([promise.then(ignore, ignore), timeout]);
  clearTimeout(timer);
}

const ignore = (): void => {};
