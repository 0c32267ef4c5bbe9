import type { WorkflowContext } from '@world/runtime';
import type { Shape } from './shape.js';

interface Input {
  readonly token: string;
  readonly iterations: number;
  readonly sleepMs: number;
  readonly branchWaits: number;
  readonly branchWaitMs: number;
  readonly drainMs: number;
}

const steps = { onHook: (round: number) => round, onSleep: (round: number) => round };

/** The shape whose runs are known to break without a fence: each round waits for a payload or a sleep, whichever is first. */
async function hookSleep(
  context: WorkflowContext<typeof steps>,
  { token, iterations, sleepMs, branchWaits, branchWaitMs, drainMs }: Input,
): Promise<readonly string[]> {
  const hook = context.hook({ token });
  let payload = hook.next();
  const path: string[] = [];
  const payloadWithin = (ms: number): Promise<boolean> =>
    Promise.race([payload.then(() => true), context.sleep(ms).then(() => false)]);
  for (let round = 0; round < iterations; round += 1) {
    if (await payloadWithin(sleepMs)) {
      path.push('hook');
      await context.step('onHook', round);
      payload = hook.next();
      while (await payloadWithin(drainMs)) {
        path.push('drained');
        payload = hook.next();
      }
    } else {
      path.push('sleep');
      await Promise.all(Array.from({ length: branchWaits }, () => context.sleep(branchWaitMs)));
      await context.step('onSleep', round);
    }
  }
  return path;
}

/** A hook raced against a sleep, with all payloads of a run fired at once. */
export const hookSleepShape: Shape = {
  name: 'hook-sleep',
  workflows: { 'hook-sleep': hookSleep },
  steps,
  input: ({ iterations, sleepMs, branchWaits, branchWaitMs, drainMs }, { token }): Input => ({
    token,
    iterations,
    sleepMs,
    branchWaits,
    branchWaitMs,
    drainMs,
  }),
  async fire({ fireAfterMs, fireCount, burstSpacingMs }, { runId, token }, payloads) {
    await payloads.pause(fireAfterMs);
    if (!(await payloads.opened(runId, token))) return payloads.missed(fireCount);
    const one = async (i: number): Promise<void> => {
      await payloads.pause(i * burstSpacingMs);
      await payloads.send(token, i);
    };
    await Promise.all(Array.from({ length: fireCount }, (_, i) => one(i)));
  },
};
