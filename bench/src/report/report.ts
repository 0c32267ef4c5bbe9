import { cpus, totalmem } from 'node:os';
import type { Benchmark, Scale, Unit } from '../measure/benchmark.js';
import type { Figure } from '../measure/compare.js';

/** What a run of the benchmarks has measured, and where. */
export interface Report {
  readonly command: string;
  readonly machine: string;
  readonly date: string;
  readonly scale: Scale;
  readonly sections: readonly Section[];
}

/** One benchmark and its figures. */
export interface Section {
  readonly title: string;
  readonly unit: Unit;
  readonly about: string;
  readonly isGrowth: boolean;
  readonly isOfNone: boolean;
  readonly figures: readonly Figure[];
}

export const sectionOf = (
  { title, unit, about, isGrowth = false, isOfNone = false }: Benchmark,
  figures: readonly Figure[],
): Section => ({ title, unit, about, isGrowth, isOfNone, figures });

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
