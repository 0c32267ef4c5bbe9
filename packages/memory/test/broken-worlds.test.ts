import { evaluate } from '@world/contract';
import { type ConformanceTest, runTest, tests } from '@world/contract/conformance';
import { describe, expect, test } from 'vitest';
import { brokenTarget } from './broken-worlds/broken-world.js';
import { brokenEntities } from './broken-worlds/entities.js';
import { brokenData } from './broken-worlds/exact-data.js';
import { brokenFences } from './broken-worlds/fence.js';
import { brokenFenceScopes } from './broken-worlds/fence-scope.js';
import { brokenHooks } from './broken-worlds/hooks.js';
import { brokenLogs } from './broken-worlds/log.js';
import { brokenStates } from './broken-worlds/states.js';

const brokenWorlds = [
  ...brokenLogs,
  ...brokenFences,
  ...brokenFenceScopes,
  ...brokenStates,
  ...brokenEntities,
  ...brokenHooks,
  ...brokenData,
];

function testOf(id: string): ConformanceTest {
  const found = tests.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no test ${id}`);
  return found;
}

describe('the suite can fail', () => {
  test.each(brokenWorlds)('$caughtBy catches a world in which $fault', async (broken) => {
    const caught = runTest(testOf(broken.caughtBy), brokenTarget(broken, evaluate));
    await expect(caught).rejects.toThrow();
  });

  test.each([...new Set(brokenWorlds.map(({ caughtBy }) => caughtBy))])(
    '%s passes on the same world without a fault',
    async (caughtBy) => {
      const intact = { fault: 'nothing is wrong', caughtBy, breaks: {} };
      await runTest(testOf(caughtBy), brokenTarget(intact, evaluate));
    },
  );
});
