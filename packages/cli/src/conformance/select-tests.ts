import { type ConformanceTest, tests } from '@world/contract/conformance';
import { CliError } from '../cli-error.js';

const NEAREST = 5;

/**
 * The tests of these ids, in the order of the suite; all when no id is given.
 * @throws CliError for ids that no test has, with the nearest ones.
 */
export function selectTests(only: readonly string[] | undefined): readonly ConformanceTest[] {
  if (only === undefined) return tests;
  const unknown = only.filter((id) => !tests.some((test) => test.id === id));
  if (unknown.length > 0) {
    const problems = unknown.map((id) => `${id} (nearest: ${nearestIds(id).join(', ')})`);
    throw new CliError(`no such test: ${problems.join('; ')}; --list shows all`);
  }
  return tests.filter(({ id }) => only.includes(id));
}

function nearestIds(unknown: string): readonly string[] {
  const wanted = unknown.toLowerCase();
  return tests
    .map(({ id }) => {
      const given = id.toLowerCase();
      return { id, distance: given.startsWith(wanted) ? 0 : editDistance(wanted, given) };
    })
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEAREST)
    .map(({ id }) => id);
}

/** How many letters have to be put in, taken out or changed. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
