// A process that works on the runs of a database: argv[2] is its url. With argv[3] `hangs` it begins steps, and ends none.
import { createRuntime } from '@world/runtime';
import { createWorld } from '@world/sqlite';
import { steps, workflows } from './many-steps.mjs';

const [, , url, hangs] = process.argv;
const hanging = {
  add() {
    process.send?.('holds');
    return new Promise(() => {});
  },
};
createRuntime({
  world: createWorld({ url }),
  workflows,
  steps: hangs === 'hangs' ? hanging : steps,
  queue: { leaseMs: 1000, onProblem: () => {} },
  onConflict: () => {},
});
process.send?.('ready');
