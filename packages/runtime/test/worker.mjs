// A process that works on the runs of a database: argv[2] is its url.
import { createRuntime } from '@world/runtime';
import { createWorld } from '@world/sqlite';
import { steps, workflows } from './many-steps.mjs';

const world = createWorld({ url: process.argv[2] });
createRuntime({
  world,
  workflows,
  steps,
  queue: { leaseMs: 1000, onProblem: () => {} },
  onConflict: () => {},
});
process.send?.('ready');
