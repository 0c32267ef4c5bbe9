import { evaluate } from '@world/contract';
import { type ConformanceTest, runTest, tests } from '@world/contract/conformance';
import { describe, expect, test } from 'vitest';
import { brokenInput } from './broken-worlds/bad-input.js';
import { brokenBatches } from './broken-worlds/batches.js';
import { brokenTarget } from './broken-worlds/broken-world.js';
import { brokenEntities } from './broken-worlds/entities.js';
import { brokenData } from './broken-worlds/exact-data.js';
import { brokenFences } from './broken-worlds/fence.js';
import { brokenFenceScopes } from './broken-worlds/fence-scope.js';
import { brokenHooks } from './broken-worlds/hooks.js';
import { brokenKeys } from './broken-worlds/keys.js';
import { brokenFollowers, brokenImports, brokenLifecycles } from './broken-worlds/lifecycle.js';
import { brokenLogs } from './broken-worlds/log.js';
import { brokenBehaviours } from './broken-worlds/model.js';
import { brokenLists, brokenPages } from './broken-worlds/pages.js';
import { brokenResolveData } from './broken-worlds/resolve-data.js';
import { brokenStates } from './broken-worlds/states.js';

const brokenWorlds = [
  ...brokenLogs,
  ...brokenFences,
  ...brokenFenceScopes,
  ...brokenStates,
  ...brokenEntities,
  ...brokenHooks,
  ...brokenData,
  ...brokenPages,
  ...brokenLists,
  ...brokenResolveData,
  ...brokenBatches,
  ...brokenKeys,
  ...brokenInput,
  ...brokenLifecycles,
  ...brokenImports,
  ...brokenFollowers,
  ...brokenBehaviours,
];

function testOf(id: string): ConformanceTest {
  const found = tests.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no test ${id}`);
  return found;
}

/** A follower that has lost an event is given up after five seconds. */
const TIMEOUT_MS = 20_000;

describe('the suite can fail', () => {
  test.each(brokenWorlds)(
    '$caughtBy catches a world in which $fault',
    async (broken) => {
      const caught = runTest(testOf(broken.caughtBy), brokenTarget(broken, evaluate));
      await expect(caught).rejects.toThrow();
    },
    TIMEOUT_MS,
  );

  test.each([...new Set(brokenWorlds.map(({ caughtBy }) => caughtBy))])(
    '%s passes on the same world without a fault',
    async (caughtBy) => {
      const intact = { fault: 'nothing is wrong', caughtBy, breaks: {} };
      await runTest(testOf(caughtBy), brokenTarget(intact, evaluate));
    },
    TIMEOUT_MS,
  );
});
