// What the processes of a test work on.
import { setTimeout as delay } from 'node:timers/promises';

export const steps = {
  add: async (/** @type {number} */ n) => {
    await delay(10);
    return n + 1;
  },
};

export const workflows = {
  async count(/** @type {import('@world/runtime').WorkflowContext} */ { step, sleep }) {
    let sum = 0;
    for (let round = 0; round < 5; round++) {
      sum = await step('add', sum);
      const [a, b] = await Promise.all([step('add', 0), step('add', 1)]);
      sum += a + b;
      await sleep(20);
    }
    return sum;
  },
};
