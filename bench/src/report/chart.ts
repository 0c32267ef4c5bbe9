import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Figure } from '../measure/compare.js';
import { digits, placeOf, type Report, type Section } from './report.js';

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
];
/** Beside the fastest of the worlds that one would use instead. */
const SHOWN_OF_SDK: readonly Pick<Figure, 'comparison' | 'subject'>[] = [
  '50 steps in a row',
  'Promise.all of 50',
  'time to first byte',
].flatMap((comparison) =>
  ['@world/sqlite', '@world/redis'].map((subject) => ({ comparison, subject })),
);

/** @throws Error when the report lacks a figure. */
export function chartOf(report: Report): string {
  const rows = [
    ...SHOWN.map((wanted) => figureOf(Object.values(report), wanted)),
    ...SHOWN_OF_SDK.map((wanted) => figureOf(sdkSections(report), wanted)),
  ].map(({ comparison, subject, base, ratio }) => ({
    name: `${comparison}: ${subject} by ${base}`,
    ...ratio,
  }));
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
      Plot.text([`${placeOf(report)}. Medians, from the lowest to the highest`], {
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

const sdkSections = ({ workflows, streams }: Report): readonly Section[] =>
  [workflows, streams].filter((one) => one !== undefined);

function figureOf(sections: readonly Section[], wanted: Partial<Figure>): Figure {
  const found = sections
    .flatMap(({ figures }) => figures)
    .find((one) =>
      Object.entries(wanted).every(([key, value]) => one[key as keyof Figure] === value),
    );
  if (found === undefined) throw new Error(`no figure of ${JSON.stringify(wanted)}`);
  return found;
}
