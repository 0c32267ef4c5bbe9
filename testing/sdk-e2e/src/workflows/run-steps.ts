import { broken, echo, fatal, flaky, note } from './steps.js';

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

/** Notes, all at once, of which the first to be done counts. */
export async function inRace(count: number, pauseMs = 0): Promise<string> {
  'use workflow';
  return Promise.race(labels(count).map((label) => note(label, pauseMs)));
}

/** Steps that take a text of so many characters and return it, one after the other. */
export async function echoInSequence(count: number, length: number): Promise<number> {
  'use workflow';
  let characters = 0;
  for (const _ of labels(count)) characters += (await echo('x'.repeat(length))).length;
  return characters;
}

/** The same, all at once. */
export async function echoInParallel(count: number, length: number): Promise<number> {
  'use workflow';
  const texts = await Promise.all(labels(count).map(() => echo('x'.repeat(length))));
  return texts.join('').length;
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
