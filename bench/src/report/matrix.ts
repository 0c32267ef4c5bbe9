import type { Unit } from '../measure/benchmark.js';
import { bestOf, type Figure, type Measured } from '../measure/compare.js';
import { isReached } from './report.js';

/** What all worlds did at one thing. */
export interface MatrixRow {
  readonly comparison: string;
  readonly cells: readonly (Measured & { readonly isBest: boolean })[];
  /** Who was to be the best, and whether they were. */
  readonly goals: readonly { readonly name: string; readonly isReached: boolean }[];
}

/** A row for each comparison, whose subjects all stand beside the same others. */
export function rowsOf(figures: readonly Figure[], unit: Unit): MatrixRow[] {
  const comparisons = [...new Set(figures.map(({ comparison }) => comparison))];
  return comparisons.map((comparison) => {
    const here = figures.filter((one) => one.comparison === comparison);
    const cells = [
      ...(here[0]?.peers ?? []),
      ...here.map(({ subject, value }): Measured => ({ name: subject, value })),
    ];
    const best = unit === 'count' ? -1 : bestOf(cells, unit);
    const goals = here.filter(({ atLeast }) => atLeast !== undefined);
    return {
      comparison,
      cells: cells.map((cell, i) => ({ ...cell, isBest: i === best })),
      goals: goals.map((one) => ({ name: one.subject, isReached: isReached(one) })),
    };
  });
}

/** Whether figures are to be read as a matrix: a row for each comparison, a column for each world. */
export const isMatrix = (figures: readonly Figure[]): boolean =>
  figures.some(({ peers }) => peers !== undefined);
