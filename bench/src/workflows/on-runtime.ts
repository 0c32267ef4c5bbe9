import { createRuntime, type WorkflowContext } from '@world/runtime';
import type { WorldKind } from '../logs/worlds.js';
import type { Subject } from '../measure/benchmark.js';
import { timed } from '../measure/timed.js';
import type { Work } from './works.js';

/** The workflows of the app in `@world/sdk-e2e`, on the runtime. */

const labels = (count: number): string[] => Array.from({ length: count }, (_, i) => `note ${i}`);

type Arguments = readonly [count: number, length: number];

const WORKFLOWS = {
  async inSequence({ step }: WorkflowContext, [count]: Arguments) {
    for (const label of labels(count)) await step('echo', label);
  },
  async inParallel({ step }: WorkflowContext, [count]: Arguments) {
    await Promise.all(labels(count).map((label) => step('echo', label)));
  },
  async inRace({ step }: WorkflowContext, [count]: Arguments) {
    await Promise.race(labels(count).map((label) => step('echo', label)));
  },
  async echoInSequence({ step }: WorkflowContext, [count, length]: Arguments) {
    for (const _ of labels(count)) await step('echo', 'x'.repeat(length));
  },
  async echoInParallel({ step }: WorkflowContext, [count, length]: Arguments) {
    await Promise.all(labels(count).map(() => step('echo', 'x'.repeat(length))));
  },
};

/** Each subject has a world of its own, in this process. */
export const onRuntime = (kind: WorldKind, { workflow, args }: Work): Subject => ({
  name: kind.name,
  async open() {
    const { world, close } = await kind.open();
    const runtime = createRuntime({
      world,
      workflows: WORKFLOWS,
      steps: { echo: async (text: string) => text },
      onConflict: () => {},
    });
    return {
      measure: () =>
        timed(async () => {
          const { runId } = await runtime.start(workflow, args);
          await runtime.result(runId);
        }),
      async close() {
        await runtime.close();
        await close();
      },
    };
  },
});
