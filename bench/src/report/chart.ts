import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Figure } from '../measure/compare.js';
import { digits, type Report } from './report.js';

/** A chart of a few figures of a report, as a picture that stands by itself. */

const { document } = parseHTML('<!doctype html><html><body></body></html>');
const ROW_PX = 24;
/** A round that something else on the machine has held up must not squeeze all others. */
const DOMAIN = [0.05, 20];

/** What is shown, looked up by who was measured at what. */
const SHOWN: readonly Pick<Figure, 'comparison' | 'subject' | 'base'>[] = [
  ...[
    ['@world/memory', 'a Map of arrays'],
    ['@world/sqlite, full', 'raw transaction, FULL'],
    ['@world/redis', 'raw EVALSHA'],
    ['@world/remote-http, over memory', 'raw echo'],
    ['@world/sqlite, full', '@workflow/world-local'],
    ['@world/sqlite, full', '@workflow/world-postgres'],
    ['@world/redis', '@workflow/world-postgres'],
    ['@world/redis', '@fantasticfour/world-redis-bullmq'],
    ['@world/redis', '@workflow-worlds/redis'],
  ].map(([subject = '', base = '']) => ({ comparison: 'one writer', subject, base })),
  ...['50 steps, one after the other', 'Promise.all of 50 steps'].flatMap((comparison) =>
    ['@world/sqlite', '@world/redis'].flatMap((subject) =>
      ['@workflow/world-postgres', '@workflow/world-local'].map((base) => ({
        comparison,
        subject,
        base,
      })),
    ),
  ),
];

/** @throws Error when the report lacks a figure. */
export function chartOf({ sections, machine, date }: Report): string {
  const figures = sections.flatMap((section) => section.figures);
  const rows = SHOWN.map(({ comparison, subject, base }) => {
    const figure = figures.find(
      (one) => one.comparison === comparison && one.subject === subject && one.base === base,
    );
    if (figure === undefined) {
      throw new Error(`no figure of ${subject} beside ${base}: ${comparison}`);
    }
    return { name: `${comparison}: ${subject} by ${base}`, ...figure.ratio };
  });
  const chart = Plot.plot({
    document: document as never,
    width: 960,
    height: 90 + ROW_PX * rows.length,
    marginLeft: 500,
    marginTop: 50,
    marginRight: 30,
    style: { background: 'white', color: '#1a1a1a' },
    x: {
      label: 'speed by that of the base',
      grid: true,
      type: 'log',
      domain: DOMAIN,
      clamp: true,
      tickFormat: digits,
    },
    y: { label: null, domain: rows.map(({ name }) => name) },
    marks: [
      Plot.text([`${machine}, ${date}. Medians, from the lowest to the highest`], {
        frameAnchor: 'top-right',
        dy: -42,
      }),
      Plot.ruleX([1]),
      Plot.ruleY(rows, { y: 'name', x1: 'min', x2: 'max', stroke: '#4e79a7' }),
      Plot.dot(rows, { y: 'name', x: 'median', fill: '#4e79a7' }),
      Plot.text(rows, { y: 'name', x: 'median', text: ({ median }) => digits(median), dy: -9 }),
    ],
  });
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${chart.outerHTML}\n`;
}
