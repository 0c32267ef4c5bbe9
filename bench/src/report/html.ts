import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Figure } from '../measure/compare.js';
import { digits, type Report, type Section } from './report.js';

/** The report as one page that needs nothing else. */

const { document } = parseHTML('<!doctype html><html><body></body></html>');
const ROW_PX = 24;

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: 0.1rem 0.8rem 0.1rem 0; text-align: left; border-bottom: 1px solid #e5e5e5; font-variant-numeric: tabular-nums; }`;

export function htmlOf({ command, machine, date, scale, sections }: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Benchmarks</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Benchmarks</h1>
<p><code>${text(command)}</code>, ${text(machine)}, ${text(date)}; ${scale.rounds} rounds. Dots are medians of the speed by that of the base, lines go from
the lowest to the highest; red ticks are goals.</p>
${sections.map(sectionHtml).join('\n')}
</body>
</html>
`;
}

function sectionHtml(section: Section): string {
  return `<h2>${text(section.title)}</h2>\n${chartOf(section.figures)}\n${tableOf(section)}`;
}

/** Speed by that of the base, a row for each figure. */
function chartOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ comparison, subject, ratio, atLeast }) => ({
    name: `${subject}: ${comparison}`,
    ...ratio,
    atLeast,
  }));
  const goals = rows.filter(({ atLeast }) => atLeast !== undefined);
  return Plot.plot({
    document: document as never,
    width: 960,
    height: 60 + ROW_PX * rows.length,
    marginLeft: 420,
    x: { label: 'speed by that of the base', grid: true, type: 'log', tickFormat: digits },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks: [
      Plot.ruleX([1]),
      Plot.ruleY(rows, { y: 'name', x1: 'min', x2: 'max', stroke: '#4e79a7' }),
      Plot.dot(rows, { y: 'name', x: 'median', fill: '#4e79a7' }),
      Plot.tickX(goals, { y: 'name', x: 'atLeast', stroke: '#b00020' }),
    ],
  }).outerHTML;
}

function tableOf({ figures, unit }: Section): string {
  const rows = figures.map(({ comparison, subject, base, value, baseValue, ratio }) => {
    const cells = [comparison, subject, digits(value.median), base, digits(baseValue.median)];
    return rowOf('td', [...cells, digits(ratio.median)]);
  });
  const heads = rowOf('th', ['', 'subject', unit, 'base', unit, 'speed']);
  return `<table>${[heads, ...rows].join('\n')}</table>`;
}

const rowOf = (kind: 'td' | 'th', cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<${kind}>${text(cell)}</${kind}>`).join('')}</tr>`;

const text = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
