import type { Figure } from '../measure/compare.js';
import { digits, isReached, type Report, type Section } from './report.js';

/** The report as a document. */
export function markdownOf({ command, machine, date, scale, sections }: Report): string {
  return `# Benchmarks

\`${command}\` on ${machine}, ${date}. Each subject was measured ${scale.rounds} times, in turns with its base and after a warm-up; figures are medians,
with the lowest and the highest. **Speed** is the median of the subject's speed by that of its base, round by round: 2 is twice as fast. Ratios hold
where times depend on the machine.

${sections.map(sectionText).join('\n\n')}
`;
}

function sectionText({ title, unit, about, figures }: Section): string {
  return `## ${title}\n\n${about}\n\n${tableOf(figures, unit)}`;
}

/** The figures of a benchmark as a table. */
export function tableOf(figures: readonly Figure[], unit: string): string {
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
  return [heads, aligned, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const spread = ({ median, min, max }: Figure['value']): string =>
  `${digits(median)} (${digits(min)}–${digits(max)})`;
