import type { Event, World } from '@world/contract';
import { createWorld as createMemory } from '@world/memory';
import { createRuntime, type Runtime, type RuntimeOptions, type Steps } from '@world/runtime';
import { onTestFinished } from 'vitest';

/** A world of its own, closed after the test. */
export function givenWorld(): World {
  const world = createMemory({ namespace: crypto.randomUUID() });
  onTestFinished(() => world.close());
  return world;
}

/** A runtime, closed after the test, before its world. */
export function givenRuntime<S extends Steps>(options: RuntimeOptions<S>): Runtime {
  const runtime = createRuntime({
    onConflict: () => {},
    retry: { firstDelayMs: 10 },
    ...options,
  });
  onTestFinished(() => runtime.close());
  return runtime;
}

/** The whole log of a run. */
export async function logOf(world: World, runId: string): Promise<Event[]> {
  return (await world.events.list({ runId, pagination: { limit: 1000 } })).data;
}

/** Asks until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Does something with a hook as soon as it is there. */
export const whenOpen = (resume: () => Promise<void>): Promise<true> =>
  until(() =>
    resume().then(
      () => true as const,
      (error: { code?: string }) => {
        if (error.code !== 'HOOK_NOT_FOUND') throw error;
        return undefined;
      },
    ),
  );
