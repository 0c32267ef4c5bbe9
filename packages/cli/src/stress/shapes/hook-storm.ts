import type { WorkflowContext } from '@world/runtime';
import type { Shape } from './shape.js';

interface Input {
  readonly token: string;
  readonly iterations: number;
  readonly drainMs: number;
}

const HOOKS = 8;
const NONE = -1;

const tokenOf = (token: string, round: number, hook: number): string => `${token}/${round}/${hook}`;

const steps = { note: (winner: number) => winner };

/** Each round opens hooks, takes the first payload, and one more if it comes in time; then it closes them all. */
async function hookStorm(
  context: WorkflowContext<typeof steps>,
  { token, iterations, drainMs }: Input,
): Promise<readonly number[]> {
  const path: number[] = [];
  for (let round = 0; round < iterations; round += 1) {
    const hooks = Array.from({ length: HOOKS }, (_, i) =>
      context.hook({ token: tokenOf(token, round, i) }),
    );
    const payloads = hooks.map((hook, i) => hook.next().then(() => i));
    const first = await Promise.race(payloads);
    await context.step('note', first);
    const others = payloads.filter((_, i) => i !== first);
    const late = context.sleep(drainMs).then(() => NONE);
    path.push(first, await Promise.race([...others, late]));
    for (const hook of hooks) hook.dispose();
  }
  return path;
}

/** Many hooks of a run at once: payloads for all of them are fired as soon as they are open. */
export const hookStormShape: Shape = {
  name: 'hook-storm',
  workflows: { 'hook-storm': hookStorm },
  steps,
  input: ({ iterations, drainMs }, { token }): Input => ({ token, iterations, drainMs }),
  async fire({ iterations, burstSpacingMs }, { runId, token }, payloads) {
    for (let round = 0; round < iterations; round += 1) {
      // No round ends before a payload has come.
      if (!(await payloads.opened(runId, tokenOf(token, round, 0)))) return;
      const one = async (i: number): Promise<void> => {
        await payloads.pause(i * burstSpacingMs);
        await payloads.send(tokenOf(token, round, i), i);
      };
      await Promise.all(Array.from({ length: HOOKS }, (_, i) => one(i)));
    }
  },
};
