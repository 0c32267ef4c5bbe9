import { showConformance } from './conformance.js';
import { unlessAborted } from './interruption.js';
import type { Place } from './place.js';
import { count, endProgress, line, paint, title } from './print.js';
import { showRace } from './race.js';
import { showRecordedRuns } from './recorded.js';

interface Part {
  readonly name: string;
  /** Resolves to what failed, in words; undefined when nothing did. */
  run(place: Place, signal: AbortSignal): Promise<string | undefined>;
}

const PARTS: readonly Part[] = [
  {
    name: 'Recorded runs',
    run: async (place) =>
      (await showRecordedRuns(place)) ? undefined : 'not everything came out as it was recorded',
  },
  {
    name: 'The race',
    run: async (place) => {
      await showRace(place);
      return undefined;
    },
  },
  {
    name: 'Conformance',
    run: async (place, signal) => {
      const failed = await showConformance(place, signal);
      return failed === 0 ? undefined : `${count(failed, 'test')} failed`;
    },
  },
];

/**
 * Runs the parts of the demo in order, and resolves to what failed, in words. Rejects with the signal's reason when that comes; then
 * a part may still be running, and `running` gets it.
 */
export async function showParts(
  place: Place,
  signal: AbortSignal,
  running: (part: Promise<unknown>) => void,
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const [i, { name, run }] of PARTS.entries()) {
    title(i + 1, name);
    const part = run(place, signal);
    running(part);
    try {
      const failure = await unlessAborted(part, signal);
      if (failure !== undefined) failures.push(`${name}: ${failure}`);
    } catch (error) {
      signal.throwIfAborted();
      endProgress();
      line(paint('red', error instanceof Error ? (error.stack ?? error.message) : String(error)));
      failures.push(`${name}: it did not go as told`);
    }
  }
  return failures;
}
