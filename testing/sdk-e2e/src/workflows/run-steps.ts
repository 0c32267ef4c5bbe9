import { broken, fatal, flaky, note } from './steps.js';

const labels = (count: number): string[] => Array.from({ length: count }, (_, i) => `note ${i}`);

/** Notes, one after the other. */
export async function inSequence(count: number, pauseMs = 0): Promise<string[]> {
  'use workflow';
  const done: string[] = [];
  for (const label of labels(count)) done.push(await note(label, pauseMs));
  return done;
}

/** Notes, all at once. */
export async function inParallel(count: number, pauseMs = 0): Promise<string[]> {
  'use workflow';
  return Promise.all(labels(count).map((label) => note(label, pauseMs)));
}

/** One step that works in the end. */
export async function retried(failures: number): Promise<string> {
  'use workflow';
  return flaky(failures);
}

/** A step that never works, and what the workflow catches. */
export async function givenUp(): Promise<string> {
  'use workflow';
  try {
    return await broken();
  } catch (error) {
    return `caught: ${(error as Error).message}`;
  }
}

/** A step after which nothing helps. */
export async function failed(): Promise<string> {
  'use workflow';
  await note('before');
  await fatal();
  return note('after');
}
