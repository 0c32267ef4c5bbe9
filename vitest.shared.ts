import { availableParallelism } from 'node:os';

/** What the tests of all packages have in common. */
export const shared: {
  include: string[];
  maxWorkers: number;
  testTimeout: number;
  hookTimeout: number;
  expect: { poll: { timeout: number } };
  reporters: ['default', 'json'];
  outputFile: { json: string };
} = {
  include: ['test/**/*.test.ts'],
  // They wait for servers and other processes half of their time.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // Tests assert counts, not times: a busy machine is no reason to fail.
  testTimeout: 90_000,
  hookTimeout: 60_000,
  // Of a machine that has other things to do.
  expect: { poll: { timeout: 60_000 } },
  reporters: ['default', 'json'],
  outputFile: { json: 'test-results.json' },
};
