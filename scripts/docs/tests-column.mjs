// The last column of a table whose first one names laws: ids of the conformance tests whose title names the law. Each law gets an
// anchor, `law-l1`.
import { tests } from '../../packages/contract/dist/conformance/index.js';
import { EVENT_TYPES } from './contract.mjs';

const EVENT_TYPE = new RegExp(`\\b(?:${EVENT_TYPES.join('|')})\\b`);

/** Titles begin with the laws that a test holds: `F1 F4 FE1 a stale …`. */
const lawsOf = (title) => /^(?:[A-Z]{1,2}\d* )*/.exec(title)?.[0].trim().split(' ') ?? [];

function testsOf(law) {
  const ids = tests.filter(({ title }) => lawsOf(title).includes(law)).map(({ id }) => id);
  const families = ids.map((id) => id.replace(EVENT_TYPE, '<event type>'));
  const count = (family) => families.filter((one) => one === family).length;
  const told = ids.map((id, i) => (count(families[i]) > 1 ? families[i] : id));
  return [...new Set(told)].map((id) => `\`${id}\``).join('<br>');
}

/** A link to the file of tests that the document gives by hand, for what is no matter of worlds. */
const elsewhere = (cell) => /^\[[^\]]*\]\([^)]*\.test\.ts\)/.exec(cell)?.[0] ?? 'none yet';

export const testsColumn = (table) =>
  table
    .trim()
    .split('\n')
    .map((line, i) => {
      if (i < 2) return line;
      const cells = line.split(' | ');
      const [, name, law] = /^\| (?:<a id="[^"]*"><\/a>)?(\**([A-Z]+\d*)\b.*)/.exec(cells[0]) ?? [];
      if (law === undefined) throw new Error(`a row that names no law: ${line}`);
      const first = `| <a id="law-${law.toLowerCase()}"></a>${name}`;
      const told = testsOf(law) || elsewhere(cells.at(-1));
      return [first, ...cells.slice(1, -1), `${told} |`].join(' | ');
    })
    .join('\n');
