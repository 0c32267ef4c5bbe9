import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    // One world, when the environment names it.
    include: process.env.WORKFLOW_TARGET_WORLD ? ['test/environment.ts'] : ['test/**/*.test.ts'],
    // Each has a server process beside it.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results.json' },
  },
});

export default config;
