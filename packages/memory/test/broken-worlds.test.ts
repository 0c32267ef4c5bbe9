import { evaluate } from '@world/contract';
import { runTest, tests } from '@world/contract/conformance';
import { describe, expect, test } from 'vitest';
import { brokenTarget } from './broken-worlds/broken-world.js';
import { brokenFences } from './broken-worlds/fence.js';
import { brokenFenceScopes } from './broken-worlds/fence-scope.js';
import { brokenLogs } from './broken-worlds/log.js';

const brokenWorlds = [...brokenLogs, ...brokenFences, ...brokenFenceScopes];

describe('the suite can fail', () => {
  test.each(brokenWorlds)('$caughtBy catches a world in which $fault', async (broken) => {
    const catching = tests.find(({ id }) => id === broken.caughtBy);
    if (catching === undefined) throw new Error(`there is no test ${broken.caughtBy}`);
    await expect(runTest(catching, brokenTarget(broken, evaluate))).rejects.toThrow();
  });
});
