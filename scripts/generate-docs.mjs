// usage: generate-docs.mjs [--check]
// Rewrites what stands between `<!-- generated:NAME -->` and `<!-- /generated -->` in the documentation, from the
// built packages and the measured figures. With --check it writes nothing, and fails naming each part that is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { capabilityTable } from './docs/capability-table.mjs';
import { errorRemedies } from './docs/error-remedies.mjs';
import { errorTable } from './docs/error-table.mjs';
import { appendFigures, workflowFigures } from './docs/figures.mjs';
import { stateDiagrams } from './docs/state-diagrams.mjs';
import { testsColumn } from './docs/tests-column.mjs';
import { transitionTable } from './docs/transition-table.mjs';

const FILES = ['docs/contract.md', 'docs/errors.md', 'docs/choosing-a-world.md'];

/** Each gets what stands there, and gives what should. */
const GENERATORS = {
  'append-figures': appendFigures,
  'capability-table': capabilityTable,
  'error-remedies': errorRemedies,
  'error-table': errorTable,
  'state-diagrams': stateDiagrams,
  'tests-column': testsColumn,
  'transition-table': transitionTable,
  'workflow-figures': workflowFigures,
};

const PART = /<!-- generated:(\S+) -->\n([\s\S]*?)<!-- \/generated -->/g;

const check = process.argv.includes('--check');
for (const file of FILES) {
  const url = new URL(`../${file}`, import.meta.url);
  const before = readFileSync(url, 'utf8');
  const stale = new Set();
  const after = before.replace(PART, (part, name, body) => {
    const generate = GENERATORS[name];
    if (generate === undefined) throw new Error(`${file}: nothing generates ${name}`);
    const text = `<!-- generated:${name} -->\n${generate(body)}\n<!-- /generated -->`;
    if (text !== part) stale.add(name);
    return text;
  });
  if (stale.size === 0) continue;
  if (check) {
    console.error(`${file}: ${[...stale].join(', ')} stale; run npx -y pnpm@12 run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(url, after);
  }
}
