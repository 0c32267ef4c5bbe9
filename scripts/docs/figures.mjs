// A few figures of docs/benchmarks.json, looked up by who was measured at what. One that is not there fails.
import { readFileSync } from 'node:fs';

const read = () =>
  JSON.parse(readFileSync(new URL('../../docs/benchmarks.json', import.meta.url), 'utf8'));

const digits = (value) =>
  Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });

/** Every figure with the title and the unit of its section. */
const allFigures = () =>
  read().sections.flatMap(({ title, unit, figures }) =>
    figures.map((figure) => ({ section: title, unit, ...figure })),
  );

function figureOf(wanted) {
  const found = allFigures().find((figure) =>
    Object.entries(wanted).every(([key, value]) => figure[key] === value),
  );
  if (found === undefined) {
    throw new Error(`docs/benchmarks.json has no figure of ${JSON.stringify(wanted)}`);
  }
  return found;
}

function tableOf(heads, wanted) {
  const rows = wanted.map((one) => {
    const { subject, base, value, baseValue, ratio } = figureOf(one);
    return [subject, digits(value.median), base, digits(baseValue.median), digits(ratio.median)];
  });
  const aligned = heads.map((_, i) => (i === 1 || i >= 3 ? '---:' : '---'));
  return [heads, aligned, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const measuredOn = () => {
  const { machine, date } = read();
  return `${machine}, ${date}`;
};

/** One writer, beside the least that the backend could do. */
export function appendFigures() {
  const one = (subject, base) => ({ unit: '/s', comparison: 'one writer', subject, base });
  const table = tableOf(
    ['world', 'events/s', 'raw limit', 'events/s', 'speed'],
    [
      one('@world/memory', 'a Map of arrays'),
      one('@world/sqlite, full', 'raw transaction, FULL'),
      one('@world/sqlite, relaxed', 'raw transaction, NORMAL'),
      one('@world/redis', 'raw EVALSHA'),
      one('@world/remote-http, over memory', 'raw echo'),
    ],
  );
  return `${table}\n\n${measuredOn()}.`;
}

/** A workflow of 50 steps on the stock SDK, beside the worlds that one would use instead. */
export function workflowFigures() {
  const comparison = '50 steps, one after the other';
  const wanted = ['@workflow/world-postgres', '@workflow/world-local'].flatMap((base) =>
    ['@world/sqlite', '@world/redis'].map((subject) => ({ unit: 'ms', comparison, subject, base })),
  );
  return `${tableOf(['world', 'ms', 'beside', 'ms', 'speed'], wanted)}\n\n${measuredOn()}.`;
}
