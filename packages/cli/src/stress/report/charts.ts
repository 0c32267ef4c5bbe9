import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { isCorrupted } from '../numbers.js';
import type { RunResult, StormResult } from '../storm-result.js';
import type { Moment } from './timeline.js';

/** Charts as SVG in text. */

const { document } = parseHTML('<!doctype html><html><body></body></html>');
const WIDTH = 900;

/** Runs of each storm by what became of them. */
export function outcomesChart(storms: readonly StormResult[]): string {
  const outcomes = storms.flatMap(({ fence, runs }, i) =>
    runs.map((run) => ({
      storm: storms.length > 1 ? `${i + 1} ${fence}` : fence,
      outcome: outcomeOf(run),
    })),
  );
  return drawn({
    marginLeft: 110,
    height: 60 + 40 * storms.length,
    x: { label: 'runs', grid: true },
    y: { label: null },
    color: { legend: true },
    marks: [
      Plot.barX(outcomes, Plot.groupY({ x: 'count' }, { y: 'storm', fill: 'outcome' })),
      Plot.ruleX([0]),
    ],
  });
}

/** How long runs took, from their creation to their end. */
export function latenciesChart(storms: readonly StormResult[]): string {
  const ended = storms.flatMap(({ fence, runs }) =>
    runs.flatMap(({ latencyMs }) =>
      latencyMs === undefined ? [] : [{ fence, seconds: latencyMs / 1000 }],
    ),
  );
  // Its types know no facets of bins.
  const channels: object = { x: 'seconds', fy: 'fence', fill: 'fence' };
  return drawn({
    height: 120 + 100 * storms.length,
    x: { label: 'seconds from start to end' },
    y: { label: 'runs', grid: true },
    fy: { label: 'fence' },
    marks: [Plot.rectY(ended, Plot.binX({ y: 'count' }, channels)), Plot.ruleY([0])],
  });
}

/** What a moment is about: an event by its entity, or what a worker did. */
const COLORS: Readonly<Record<string, string>> = {
  run: '#9c755f',
  step: '#4e79a7',
  hook: '#f28e2b',
  wait: '#76b7b2',
  tick: '#bab0ac',
  commit: '#59a14f',
  conflict: '#b00020',
};

/** What happened to one run: its log, and what each worker did. */
export function timelineChart(moments: readonly Moment[]): string {
  const lanes = [...new Set(moments.map(({ lane }) => lane))].sort();
  return drawn({
    marginLeft: 90,
    height: 60 + 50 * lanes.length,
    x: { label: 'ms since the run was created', grid: true },
    y: { label: null, domain: lanes },
    color: { legend: true, domain: Object.keys(COLORS), range: Object.values(COLORS) },
    marks: [Plot.dot(moments, { x: 'ms', y: 'lane', fill: subjectOf, r: 4, title: 'text' })],
  });
}

/** The entity of an event type; else the kind itself. */
const subjectOf = ({ kind }: Moment): string => kind.replace(/_.*/, '');

function outcomeOf(run: RunResult): string {
  if (isCorrupted(run)) return 'corrupted';
  return run.failure?.code ?? run.status;
}

function drawn(options: Plot.PlotOptions): string {
  const plot = Plot.plot({ width: WIDTH, ...options, document: document as never });
  return plot.outerHTML;
}
