import { type ConformanceTest, tests } from '@world/contract/conformance';
import { CliError } from '../cli-error.js';
import { editDistance } from '../edit-distance.js';

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
