import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 10;

/**
 * Asks again and again until `missing` resolves to undefined. Until then it says what is missing; the error after
 * `deadlineMs` repeats the last of it. What `missing` throws ends the wait at once.
 */
export async function until(
  missing: () => Promise<string | undefined>,
  deadlineMs: number,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const what = await missing();
    if (what === undefined) return;
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(PAUSE_MS);
  }
}
