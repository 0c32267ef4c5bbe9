import { evaluate } from '@world/contract';
import { type ConformanceTest, runTest, tests } from '@world/contract/conformance';
import { capabilities } from '@world/memory';
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
import { brokenClaims, brokenDeliveries } from './broken-worlds/queue.js';
import { brokenResolveData } from './broken-worlds/resolve-data.js';
import { brokenStates } from './broken-worlds/states.js';
import { brokenReaders, brokenStreamInput, brokenStreams } from './broken-worlds/streams.js';

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
  ...brokenStreams,
  ...brokenReaders,
  ...brokenStreamInput,
  ...brokenClaims,
  ...brokenDeliveries,
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
      const caught = await runTest(testOf(broken.caughtBy), brokenTarget(broken, evaluate)).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(caught).toBeInstanceOf(Error);
      // A broken world that crashes would be caught by any test, and prove none.
      for (let error = caught; error instanceof Error; error = error.cause) {
        expect(error).not.toBeInstanceOf(TypeError);
        expect(error).not.toBeInstanceOf(ReferenceError);
      }
    },
    TIMEOUT_MS,
  );

  test('every test that a world in memory can run catches some broken world', () => {
    const caughtBy = new Set(brokenWorlds.map((broken) => broken.caughtBy));
    const canRun = ({ needs }: ConformanceTest) => needs.every((one) => capabilities[one]);
    const idle = tests.filter((one) => canRun(one) && !caughtBy.has(one.id));
    expect(idle.map(({ id }) => id)).toEqual([]);
  });

  test.each([...new Set(brokenWorlds.map(({ caughtBy }) => caughtBy))])(
    '%s passes on the same world without a fault',
    async (caughtBy) => {
      const intact = { fault: 'nothing is wrong', caughtBy, breaks: {} };
      await runTest(testOf(caughtBy), brokenTarget(intact, evaluate));
    },
    TIMEOUT_MS,
  );
});
