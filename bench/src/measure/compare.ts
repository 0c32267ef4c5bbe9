import type { Benchmark, Comparison, Opened, Scale, Subject, Unit } from './benchmark.js';
import { type Spread, spreadOf } from './spread.js';

/** What was measured of one subject. */
export interface Figure {
  readonly comparison: string;
  readonly subject: string;
  readonly base: string;
  readonly value: Spread;
  readonly baseValue: Spread;
  /** Speed by that of the base, round by round: 2 is twice as fast. */
  readonly ratio: Spread;
  readonly atLeast?: number;
}

/** Told before each measurement: how many of how many are done, and what is next. */
export type Progress = (done: number, all: number, next: string) => void;

/** Measures all subjects of a benchmark, each comparison in turns. */
export async function measureAll(
  { comparisons, unit }: Benchmark,
  scale: Scale,
  progress: Progress,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  let done = 0;
  const all = comparisons.reduce((sum, one) => sum + (one.subjects.length + 1) * scale.rounds, 0);
  for (const comparison of comparisons) {
    const values = await inTurns(comparison, scale, (name) => {
      progress(done, all, `${comparison.title}: ${name}`);
      done += 1;
    });
    figures.push(...figuresOf(comparison, values, unit));
  }
  return figures;
}

/** Values of each subject, one for each round; the first measurement of each warms it up. */
async function inTurns(
  { base, subjects }: Comparison,
  scale: Scale,
  told: (name: string) => void,
): Promise<number[][]> {
  const all = [base, ...subjects];
  const opened: Opened[] = [];
  const values: number[][] = all.map(() => []);
  try {
    for (const subject of all) opened.push(await subject.open(scale));
    for (const one of opened) await one.measure();
    for (let round = 0; round < scale.rounds; round += 1) {
      for (let turn = 0; turn < all.length; turn += 1) {
        const i = (round + turn) % all.length;
        told((all[i] as Subject).name);
        values[i]?.push(await (opened[i] as Opened).measure());
      }
    }
  } finally {
    for (const one of opened) await one.close();
  }
  return values;
}

function figuresOf(
  { title, base, subjects, atLeast }: Comparison,
  [baseValues = [], ...others]: readonly number[][],
  unit: Unit,
): Figure[] {
  return subjects.map(({ name }, i) => {
    const values = others[i] ?? [];
    const ratios = values.map((value, round) => {
      const byBase = value / (baseValues[round] ?? Number.NaN);
      return unit === '/s' ? byBase : 1 / byBase;
    });
    return {
      comparison: title,
      subject: name,
      base: base.name,
      value: spreadOf(values),
      baseValue: spreadOf(baseValues),
      ratio: spreadOf(ratios),
      ...(atLeast !== undefined && { atLeast }),
    };
  });
}
