import { cpus, totalmem } from 'node:os';
import type { Benchmark, Unit } from '../measure/benchmark.js';
import type { Figure } from '../measure/compare.js';

/** What benchmarks have measured, each by its name in the suite. */
export type Report = Readonly<Record<string, Section>>;

/** One benchmark and its figures, and how, where and when they were measured. */
export interface Section {
  readonly command: string;
  readonly machine: string;
  readonly date: string;
  readonly rounds: number;
  readonly title: string;
  readonly unit: Unit;
  readonly about: string;
  readonly isGrowth: boolean;
  readonly isOfNone: boolean;
  readonly figures: readonly Figure[];
}

export function sectionOf(
  name: string,
  { title, unit, about, isGrowth = false, isOfNone = false }: Benchmark,
  rounds: number,
  figures: readonly Figure[],
): Section {
  return {
    command: `npx -y pnpm@12 bench --only ${name} --rounds ${rounds}`,
    machine: machine(),
    date: new Date().toISOString().slice(0, 10),
    rounds,
    title,
    unit,
    about,
    isGrowth,
    isOfNone,
    figures,
  };
}

/** Where it was measured. */
export function machine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  const model = cpu?.model ?? 'unknown';
  return `Node.js ${process.versions.node}, ${cpus().length} × ${model}, ${gib} GiB, ${process.platform}`;
}

/** A number in three digits that count. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** Whether a figure reaches what it should. */
export const isReached = ({ ratio, atLeast }: Figure): boolean =>
  atLeast === undefined || ratio.median >= atLeast;

/** Where and when all of it was measured. */
export function placeOf(report: Report): string {
  const sections = Object.values(report);
  const dates = [...new Set(sections.map(({ date }) => date))].sort();
  return `${sections[0]?.machine}, ${[...new Set([dates[0], dates.at(-1)])].join(' to ')}`;
}
