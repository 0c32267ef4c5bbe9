import { setTimeout as delay } from 'node:timers/promises';
import { FatalError, type WorkflowContext } from '@world/runtime';
import { drawn } from '../drawn.js';
import type { Shape } from './shape.js';

interface Input {
  readonly seed: number;
  readonly index: number;
  readonly iterations: number;
}

interface StepInput {
  readonly seed: number;
  /** Names what it draws. */
  readonly key: string;
}

const RACERS = 8;
const MAX_FURTHER = 4;
const MAX_STEP_MS = 20;
/** One of so many fails. */
const FAILURES = 8;

const steps = {
  /** Says how many steps follow. */
  async race({ seed, key }: StepInput): Promise<number> {
    await delay(drawn(seed, `${key}/ms`, MAX_STEP_MS));
    if (drawn(seed, `${key}/fails`, FAILURES) === 0) throw new FatalError('drawn to fail');
    return drawn(seed, `${key}/further`, MAX_FURTHER + 1);
  },
  async follow({ seed, key }: StepInput): Promise<number> {
    await delay(drawn(seed, `${key}/ms`, MAX_STEP_MS));
    return drawn(seed, key, MAX_STEP_MS);
  },
};

/** Steps race; the first outcome says how many follow, while the losers go on into the next rounds. */
async function stepStorm(
  context: WorkflowContext<typeof steps>,
  { seed, index, iterations }: Input,
): Promise<readonly unknown[]> {
  const path: unknown[] = [];
  for (let round = 0; round < iterations; round += 1) {
    const key = (i: number): string => `${index}/${round}/${i}`;
    const racers = Array.from({ length: RACERS }, (_, i) =>
      context.step('race', { seed, key: key(i) }).catch(() => 1),
    );
    const further = await Promise.race(racers);
    const followers = Array.from({ length: further }, (_, i) =>
      context.step('follow', { seed, key: key(RACERS + i) }),
    );
    path.push([further, ...(await Promise.all(followers))]);
  }
  return path;
}

/** Parallel steps whose order decides what the workflow does. Nothing is sent from outside. */
export const stepStormShape: Shape = {
  name: 'step-storm',
  workflows: { 'step-storm': stepStorm },
  steps,
  input: ({ seed, iterations }, { index }): Input => ({ seed, index, iterations }),
  fire: async () => {},
};
