import type { Unit } from '../measure/benchmark.js';
import type { Figure } from '../measure/compare.js';
import { isMatrix, rowsOf } from './matrix.js';
import { digits, isReached, type Report, type Section } from './report.js';

/** The report as a document. */
export function markdownOf(report: Report): string {
  return `# Benchmarks

Each subject was measured several times, in turns with its base and after a warm-up; figures are medians, with the lowest and the highest. **Speed** is
the median of the subject's speed by that of its base, round by round: 2 is twice as fast. Ratios hold where times depend on the machine.

\`npx -y pnpm@12 bench --out docs\` measures everything, and writes this document; with \`--only\`, a part of it. [The page with charts](benchmarks.html)
is one file for a browser.

${Object.values(report).map(sectionText).join('\n\n')}
`;
}

function sectionText({ title, about, command, machine, date, figures, unit }: Section): string {
  const how = `\`${command}\`, ${date}, on ${machine}.`;
  return `## ${title}\n\n${about}\n\n${tableOf(figures, unit)}\n\n${how}`;
}

/** The figures of a benchmark as a table. */
export function tableOf(figures: readonly Figure[], unit: Unit): string {
  if (isMatrix(figures)) return matrixOf(figures, unit);
  const hasGoals = figures.some(({ atLeast }) => atLeast !== undefined);
  const heads = [
    '',
    'subject',
    `${unit}`,
    'base',
    `${unit}`,
    'speed',
    ...(hasGoals ? ['goal'] : []),
  ];
  const rows = figures.map((one) => {
    const { comparison, subject, value, base, baseValue, ratio, atLeast } = one;
    const goal = atLeast === undefined ? '' : `${digits(atLeast)} ${isReached(one) ? '✓' : '✗'}`;
    const cells = [comparison, subject, spread(value), base, spread(baseValue), spread(ratio)];
    return hasGoals ? [...cells, goal] : cells;
  });
  const aligned = heads.map((_, i) => (i === 2 || i >= 4 ? '---:' : '---'));
  return linesOf([heads, aligned, ...rows]);
}

/** A column for each world, the best in bold. */
function matrixOf(figures: readonly Figure[], unit: Unit): string {
  const rows = rowsOf(figures, unit);
  const names = rows[0]?.cells.map(({ name }) => name) ?? [];
  const isAnyBest = rows.some(({ cells }) => cells.some(({ isBest }) => isBest));
  const heads = [unit, ...names, ...(isAnyBest ? ['fastest world'] : [])];
  const lines = rows.map(({ comparison, cells, goals }) => {
    const best = cells.find(({ isBest }) => isBest)?.name ?? '';
    const reached = goals.map((one) => `; ${one.name} ${one.isReached ? '✓' : '✗'}`).join('');
    const values = cells.map(({ value, isBest }) =>
      isBest ? `**${spread(value)}**` : spread(value),
    );
    return [comparison, ...values, ...(isAnyBest ? [`${best}${reached}`] : [])];
  });
  return linesOf([heads, heads.map((_, i) => (i === 0 ? '---' : '---:')), ...lines]);
}

const linesOf = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const spread = ({ median, min, max }: Figure['value']): string =>
  `${digits(median)} (${digits(min)}–${digits(max)})`;
