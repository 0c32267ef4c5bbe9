import { missingNeed, runTest } from './run-conformance.js';
import type { ConformanceTarget } from './target.js';
import { tests } from './tests.js';

/** The slowest tests start and kill processes fifty times. */
const TIMEOUT_MS = 180_000;

/** Registers the suite with vitest: `await testWorld({ … })` is all that an adapter's conformance test holds. */
export async function testWorld(target: ConformanceTarget): Promise<void> {
  const { describe, test } = await import('vitest');
  describe(`conformance of ${target.name}`, () => {
    for (const one of tests) {
      const missing = missingNeed(one, target);
      const title = `${one.title} [${one.id}]`;
      if (missing === undefined) test(title, () => runTest(one, target), TIMEOUT_MS);
      else test.skip(`${title}: needs the capability ${missing}`, () => {});
    }
  });
}
