import { ulid } from 'ulid';
import type { QueueSettings } from '../queue/settings.js';
import type { World } from '../world.js';
import { ProcessPool } from './processes.js';
import type { ConformanceTarget } from './target.js';
import { tests } from './tests.js';
import type { ConformanceTest, Need, TestContext, TestReport } from './types.js';

/** A capability that the test needs and the target lacks. */
export function missingNeed(test: ConformanceTest, target: ConformanceTarget): Need | undefined {
  return test.needs.find((need) => !target.capabilities[need]);
}

/** Runs one test on a namespace of its own; rejects when it fails. */
export async function runTest(test: ConformanceTest, target: ConformanceTarget): Promise<void> {
  const namespaces: string[] = [];
  const worlds: World[] = [];
  const open = async (namespace: string, queue?: QueueSettings): Promise<World> => {
    const world = await target.create({ namespace, ...(queue && { queue }) });
    worlds.push(world);
    return world;
  };
  const fresh = (): string => {
    const namespace = `conformance-${ulid().toLowerCase()}`;
    namespaces.push(namespace);
    return namespace;
  };
  const namespace = fresh();
  const processes = new ProcessPool(target, namespace);
  try {
    const context: TestContext = {
      namespace,
      capabilities: target.capabilities,
      world: await open(namespace),
      open: (queue) => open(namespace, queue),
      openElsewhere: () => open(fresh()),
      processes,
    };
    await test.run(context);
  } finally {
    await processes.close();
    await Promise.all(worlds.map((world) => world.close()));
    for (const one of namespaces) await target.destroy?.({ namespace: one });
  }
}

/** Runs the suite, or the tests whose id is given, one after the other, and reports each as it ends. */
export async function* runConformance(
  target: ConformanceTarget,
  options: { readonly only?: readonly string[] } = {},
): AsyncGenerator<TestReport> {
  const { only } = options;
  for (const test of tests) {
    if (only !== undefined && !only.includes(test.id)) continue;
    const { id, title } = test;
    const missing = missingNeed(test, target);
    if (missing !== undefined) {
      yield { id, title, status: 'skipped', ms: 0, reason: `needs the capability ${missing}` };
      continue;
    }
    const start = performance.now();
    const ms = (): number => Math.round(performance.now() - start);
    try {
      await runTest(test, target);
      yield { id, title, status: 'passed', ms: ms() };
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      yield { id, title, status: 'failed', ms: ms(), reason };
    }
  }
}
