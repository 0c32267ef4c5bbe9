import type { Benchmark, Comparison, Opened, Scale, Subject, Unit } from './benchmark.js';
import { type Spread, spreadOf } from './spread.js';

/** A subject, and the spread of what was measured of it. */
export interface Measured {
  readonly name: string;
  readonly value: Spread;
}

/** What was measured of one subject. */
export interface Figure {
  readonly comparison: string;
  readonly subject: string;
  readonly value: Spread;
  /** The fastest that it was compared with. */
  readonly base: string;
  readonly baseValue: Spread;
  /** Speed by that of the base, round by round: 2 is twice as fast. */
  readonly ratio: Spread;
  /** All that it was compared with, where these are several. */
  readonly peers?: readonly Measured[];
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
  const all = comparisons.reduce((sum, one) => sum + allOf(one).length * scale.rounds, 0);
  for (const comparison of comparisons) {
    const series = await inTurns(allOf(comparison), scale, (name) => {
      progress(done, all, `${comparison.title}: ${name}`);
      done += 1;
    });
    figures.push(...figuresOf(comparison, series, unit));
  }
  return figures;
}

const allOf = ({ base, peers = [], subjects }: Comparison): readonly Subject[] => [
  base,
  ...peers,
  ...subjects,
];

/** Values of a subject, one for each round. */
interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** The first measurement of each warms it up. */
async function inTurns(
  subjects: readonly Subject[],
  scale: Scale,
  told: (name: string) => void,
): Promise<Series[]> {
  const opened: Opened[] = [];
  const values: number[][] = subjects.map(() => []);
  try {
    for (const subject of subjects) opened.push(await subject.open(scale));
    for (const one of opened) await one.measure();
    for (let round = 0; round < scale.rounds; round += 1) {
      for (let turn = 0; turn < subjects.length; turn += 1) {
        const i = (round + turn) % subjects.length;
        told((subjects[i] as Subject).name);
        values[i]?.push(await (opened[i] as Opened).measure());
      }
    }
  } finally {
    for (const one of opened) await one.close();
  }
  return subjects.map(({ name }, i) => ({ name, values: values[i] ?? [] }));
}

function figuresOf(
  { title, peers = [], atLeast, goalOf }: Comparison,
  series: readonly Series[],
  unit: Unit,
): Figure[] {
  const bases = series.slice(0, 1 + peers.length);
  const measured = bases.map(({ name, values }): Measured => ({ name, value: spreadOf(values) }));
  const best = bestOf(measured, unit);
  const { name: base, value: baseValue } = measured[best] as Measured;
  return series.slice(bases.length).map(({ name, values }) => {
    const ratios = values.map((value, round) => {
      const byBase = value / (bases[best]?.values[round] ?? Number.NaN);
      return unit === '/s' ? byBase : 1 / byBase;
    });
    return {
      comparison: title,
      subject: name,
      value: spreadOf(values),
      base,
      baseValue,
      ratio: spreadOf(ratios),
      ...(peers.length > 0 && { peers: measured }),
      ...(atLeast !== undefined && (goalOf?.includes(name) ?? true) && { atLeast }),
    };
  });
}

/** The place of the best of some in their list. */
export function bestOf(measured: readonly Measured[], unit: Unit): number {
  const medians = measured.map(({ value }) => value.median);
  return medians.indexOf(unit === '/s' ? Math.max(...medians) : Math.min(...medians));
}
