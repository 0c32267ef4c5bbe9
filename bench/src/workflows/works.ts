/** What workflows are measured at: a workflow of the app in `@world/sdk-e2e`, and of the runtime's twin of it. */
export interface Work {
  readonly workflow: string;
  readonly args: readonly number[];
  /** Measured until the first chunk of the run's stream, instead of its end. */
  readonly untilFirstChunk?: boolean;
}

const KIB = 1024;
const COUNTS = [10, 25, 50] as const;

const inSequence = (steps: number): Work => ({ workflow: 'inSequence', args: [steps] });
const each = (
  title: (count: number) => string,
  workflow: string,
  ...more: readonly number[]
): Readonly<Record<string, Work>> =>
  Object.fromEntries(COUNTS.map((count) => [title(count), { workflow, args: [count, ...more] }]));

/** Steps that do nothing. */
export const STEPS: Readonly<Record<string, Work>> = {
  'no steps': inSequence(0),
  'one step': inSequence(1),
  ...each((count) => `${count} steps in a row`, 'inSequence'),
  ...each((count) => `Promise.all of ${count}`, 'inParallel'),
  'Promise.all of 110': { workflow: 'inParallel', args: [110] },
  ...each((count) => `Promise.race of ${count}`, 'inRace'),
  ...each((count) => `${count} in a row, 10 KB each`, 'echoInSequence', 10 * KIB),
  ...each((count) => `Promise.all of ${count}, 10 KB each`, 'echoInParallel', 10 * KIB),
};

/** Streams of bytes between steps. */
export const STREAMS: Readonly<Record<string, Work>> = {
  'time to first byte': { workflow: 'streamsBytes', args: [1], untilFirstChunk: true },
  '1 MB through 5 steps': { workflow: 'pipes', args: [KIB * KIB, 5] },
  '10 streams of 1 MB at once': { workflow: 'pipesInParallel', args: [10, KIB * KIB] },
  '10 streams of 1 MB into one step': { workflow: 'fansIn', args: [10, KIB * KIB] },
};
