import assert from 'node:assert/strict';

/** What takes longer has lost something. */
const DEADLINE_MS = 10_000;

/** The promise's value, unless it takes too long; leaves no timer. `progress` says how far it came. */
export function within<T>(
  promise: Promise<T>,
  progress: () => string,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  return moving(() => promise, progress, deadlineMs);
}

/** As `within`, but for each move by itself: what takes `moved` calls it whenever it came further. */
export async function moving<T>(
  run: (moved: () => void) => Promise<T>,
  progress: () => string,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => {
      const message = `${progress()} in ${deadlineMs} ms`;
      reject(new assert.AssertionError({ message }));
    };
    timer = setTimeout(fail, deadlineMs);
  });
  try {
    return await Promise.race([run(() => timer?.refresh()), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A promise that is awaited later: its rejection is no unhandled one until then. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
