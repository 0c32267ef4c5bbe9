import type { Column } from '../inspect/columns.js';
import { renderTable } from '../inspect/table.js';
import type { Paint } from '../terminal/output.js';
import type { Numbers } from './numbers.js';

/** One line of the table: a measure, with a text for each storm. */
export interface Measure {
  readonly title: string;
  readonly cells: readonly string[];
  /** Whether any storm has something bad there. */
  readonly bad: boolean;
}

/** The numbers of storms as lines, each storm in a column. */
export function measuresOf(storms: readonly Numbers[]): readonly Measure[] {
  const measure = (title: string, cell: (one: Numbers) => string | number, bad = false) => ({
    title,
    cells: storms.map((one) => String(cell(one))),
    bad,
  });
  const counted = (title: string, count: (one: Numbers) => number) => {
    const cell = (one: Numbers): string => withShare(count(one), one.runs);
    return measure(
      title,
      cell,
      storms.some((one) => count(one) > 0),
    );
  };
  const codes = [...new Set(storms.flatMap(({ failed }) => Object.keys(failed)))].sort();
  return [
    measure('runs', ({ runs }) => runs),
    measure('completed', ({ completed, runs }) => withShare(completed, runs)),
    ...codes.map((code) => counted(`failed: ${code}`, ({ failed }) => failed[code] ?? 0)),
    counted('still running', ({ running }) => running),
    counted('corrupted', ({ corrupted }) => corrupted),
    measure('conflicts', ({ conflicts }) => conflicts),
    measure('conflicts per run', ({ conflictsPerRun }) => conflictsPerRun),
    measure('retries', ({ retries }) => retries),
    measure('handed back', ({ handedBack }) => handedBack),
    measure('ticks', ({ ticks }) => ticks),
    measure('divergences', ({ divergences }) => divergences),
    measure('step attempts', ({ stepAttempts }) => stepAttempts),
    measure('events', ({ events }) => events),
    measure('events per run', ({ eventsPerRun }) => eventsPerRun),
    measure('events per second', ({ eventsPerSecond }) => eventsPerSecond),
    measure('payloads sent', ({ payloads }) => payloads.sent),
    measure(
      'payloads lost',
      ({ payloads }) => payloads.lost,
      storms.some(({ payloads }) => payloads.lost > 0),
    ),
    measure('payloads too late', ({ payloads }) => payloads.late),
    measure('run p50', ({ p50Ms }) => inMs(p50Ms)),
    measure('run p99', ({ p99Ms }) => inMs(p99Ms)),
    measure('storm', ({ durationMs }) => inMs(durationMs)),
  ];
}

/** The numbers of storms, side by side. */
export function renderStorms(storms: readonly Numbers[], paint: Paint): string {
  const columns: Column<Measure>[] = [
    { title: 'FENCE', cell: ({ title, bad }) => (bad ? paint('red', title) : title) },
    ...storms.map(({ fence }, i) => ({
      title: fence.toUpperCase(),
      cell: ({ cells }: Measure) => cells[i] ?? '',
    })),
  ];
  return renderTable(columns, measuresOf(storms), paint);
}

function withShare(count: number, runs: number): string {
  if (count === 0) return '0';
  const percent = (100 * count) / runs;
  return `${count} (${percent.toFixed(percent === 100 ? 0 : 1)} %)`;
}

const inMs = (ms: number | null): string => (ms === null ? 'none ended' : `${ms} ms`);
