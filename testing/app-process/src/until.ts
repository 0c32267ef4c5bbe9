import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 10;
/** Many tests at once that ask all the time would be the load that they measure. */
const LAST_PAUSE_MS = 250;
const DEADLINE_MS = 60_000;

/** Asks again and again until there is an answer, for a minute at most. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LAST_PAUSE_MS)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(pauseMs);
  }
}
