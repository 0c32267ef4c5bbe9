import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Unit } from '../measure/benchmark.js';
import type { Figure } from '../measure/compare.js';
import { isMatrix, rowsOf } from './matrix.js';
import { digits, type Report, type Section } from './report.js';

/** The report as one page that needs nothing else. */

const { document } = parseHTML('<!doctype html><html><body></body></html>');
const ROW_PX = 24;

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: 0.1rem 0.8rem 0.1rem 0; text-align: left; border-bottom: 1px solid #e5e5e5; font-variant-numeric: tabular-nums; }`;

export function htmlOf(report: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Benchmarks</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Benchmarks</h1>
<p>Dots are medians of the speed by that of the base, lines go from the lowest to the highest; red ticks are goals.</p>
${Object.values(report).map(sectionHtml).join('\n')}
</body>
</html>
`;
}

function sectionHtml(section: Section): string {
  const { title, figures, unit, command, machine, date } = section;
  const how = `<p><code>${text(command)}</code>, ${text(date)}, ${text(machine)}</p>`;
  const shown = isMatrix(figures) ? matrixHtml(figures, unit) : plainHtml(section);
  return `<h2>${text(title)}</h2>\n${shown}\n${how}`;
}

const plainHtml = (section: Section): string => `${chartOf(section.figures)}\n${tableOf(section)}`;

/** A row of dots for each comparison, one for each world. */
function matrixHtml(figures: readonly Figure[], unit: Unit): string {
  const rows = rowsOf(figures, unit);
  const dots = rows.flatMap(({ comparison, cells }) =>
    cells.map(({ name, value }) => ({ comparison, name, ...value })),
  );
  const chart = Plot.plot({
    document: document as never,
    width: 960,
    height: 100 + ROW_PX * rows.length,
    marginLeft: 260,
    x: { label: unit, grid: true, ...(unit !== 'count' && { type: 'log', tickFormat: digits }) },
    y: { label: null, domain: rows.map(({ comparison }) => comparison) },
    color: { legend: true, domain: rows[0]?.cells.map(({ name }) => name) ?? [] },
    marks: [Plot.dot(dots, { y: 'comparison', x: 'median', stroke: 'name', strokeWidth: 2 })],
  }).outerHTML;
  const names = rows[0]?.cells.map(({ name }) => name) ?? [];
  const lines = rows.map(({ comparison, cells }) =>
    rowOf('td', [comparison, ...cells.map(({ value }) => digits(value.median))]),
  );
  return `${chart}\n<table>${[rowOf('th', [unit, ...names]), ...lines].join('\n')}</table>`;
}

/** Speed by that of the base, a row for each figure. */
function chartOf(figures: readonly Figure[]): string {
  const rows = figures
    .map(({ comparison, subject, ratio, atLeast }) => ({
      name: `${subject}: ${comparison}`,
      ...ratio,
      atLeast,
    }))
    .filter(({ min, max }) => min > 0 && Number.isFinite(max));
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
