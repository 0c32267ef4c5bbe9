// A few figures of docs/benchmarks.json, looked up by who was measured at what. One that is not there fails.
import { readFileSync } from 'node:fs';

const read = () =>
  JSON.parse(readFileSync(new URL('../../docs/benchmarks.json', import.meta.url), 'utf8'));

const digits = (value) =>
  Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });

/** The figures of a section of the benchmarks, by the name that the command knows it by. */
function sectionOf(name) {
  const section = read()[name];
  if (section === undefined) throw new Error(`docs/benchmarks.json has no section ${name}`);
  return section;
}

function figureOf(name, wanted) {
  const found = sectionOf(name).figures.find((figure) =>
    Object.entries(wanted).every(([key, value]) => figure[key] === value),
  );
  if (found === undefined) {
    throw new Error(`docs/benchmarks.json has no figure of ${JSON.stringify(wanted)} in ${name}`);
  }
  return found;
}

function tableOf(heads, rows) {
  const aligned = heads.map((_, i) =>
    Number.isNaN(Number.parseFloat(rows[0][i])) ? '---' : '---:',
  );
  return [heads, aligned, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function measured(...names) {
  const sections = names.map(sectionOf);
  const dates = [...new Set(sections.map(({ date }) => date))].sort();
  return `${sections[0].machine}, ${[...new Set([dates[0], dates.at(-1)])].join(' to ')}.`;
}

/** One writer, beside the least that the backend could do. */
export function appendFigures() {
  const wanted = [
    ['appends-memory', '@world/memory', 'a Map of arrays'],
    ['appends-sqlite', '@world/sqlite, full', 'raw transaction, FULL'],
    ['appends-sqlite', '@world/sqlite, relaxed', 'raw transaction, NORMAL'],
    ['appends-redis', '@world/redis', 'raw EVALSHA'],
    ['appends-http', '@world/remote-http, over memory', 'raw echo'],
  ];
  const rows = wanted.map(([section, subject, base]) => {
    const figure = figureOf(section, { comparison: 'one writer', subject, base });
    const { value, baseValue, ratio } = figure;
    return [subject, digits(value.median), base, digits(baseValue.median), digits(ratio.median)];
  });
  const table = tableOf(['world', 'events/s', 'raw limit', 'events/s', 'speed'], rows);
  return `${table}\n\n${measured(...wanted.map(([section]) => section))}`;
}

/** Workflows on the stock SDK, beside the worlds that one would use instead. */
export function workflowFigures() {
  const comparisons = ['50 steps in a row', 'Promise.all of 50'];
  const subjects = ['@world/memory', '@world/sqlite', '@world/redis', '@world/remote-http'];
  const columns = comparisons.map((comparison) => [
    ...subjects.map((subject) => {
      const { value } = figureOf('workflows', { comparison, subject });
      return { name: subject, value };
    }),
    ...figureOf('workflows', { comparison, subject: subjects[0] }).peers,
  ]);
  const rows = columns[0].map(({ name }, i) => [
    name,
    ...columns.map((column) => digits(column[i].value.median)),
  ]);
  const heads = ['world', ...comparisons.map((comparison) => `${comparison}, ms`)];
  return `${tableOf(heads, rows)}\n\n${measured('workflows')}`;
}
