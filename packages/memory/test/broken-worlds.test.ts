import { evaluate } from '@world/contract';
import { runTest, tests } from '@world/contract/conformance';
import { describe, expect, test } from 'vitest';
import { brokenInput } from './broken-worlds/bad-input.js';
import { brokenBatches } from './broken-worlds/batches.js';
import { brokenTarget } from './broken-worlds/broken-world.js';
import { brokenFences } from './broken-worlds/fence.js';
import { brokenFenceScopes } from './broken-worlds/fence-scope.js';
import { brokenKeys } from './broken-worlds/keys.js';
import { brokenFollowers, brokenImports, brokenLifecycles } from './broken-worlds/lifecycle.js';
import { brokenLogs } from './broken-worlds/log.js';
import { brokenBehaviours } from './broken-worlds/model.js';
import { brokenLists, brokenPages } from './broken-worlds/pages.js';
import { brokenResolveData } from './broken-worlds/resolve-data.js';

const brokenWorlds = [
  ...brokenLogs,
  ...brokenFences,
  ...brokenFenceScopes,
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

/** A follower that loses an event is given five seconds. */
const TIMEOUT_MS = 20_000;

describe('the suite can fail', () => {
  test.each(brokenWorlds)(
    '$caughtBy catches a world in which $fault',
    async (broken) => {
      const catching = tests.find(({ id }) => id === broken.caughtBy);
      if (catching === undefined) throw new Error(`there is no test ${broken.caughtBy}`);
      await expect(runTest(catching, brokenTarget(broken, evaluate))).rejects.toThrow();
    },
    TIMEOUT_MS,
  );
});
