import assert from 'node:assert/strict';

/** What takes longer has lost something. */
const DEADLINE_MS = 10_000;

/** The promise's value, unless it takes too long; leaves no timer. `progress` says how far it came. */
export async function within<T>(
  promise: Promise<T>,
  progress: () => string,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  const timer = new AbortController();
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => {
      const message = `${progress()} in ${deadlineMs} ms`;
      reject(new assert.AssertionError({ message }));
    };
    const id = setTimeout(fail, deadlineMs);
    timer.signal.addEventListener('abort', () => clearTimeout(id));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** A promise that is awaited later: its rejection is no unhandled one until then. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
