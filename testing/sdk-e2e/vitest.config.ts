import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.js';

const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    // One world, when the environment names it.
    include: process.env.WORKFLOW_TARGET_WORLD ? ['test/environment.ts'] : shared.include,
    testTimeout: 60_000,
  },
});

export default config;
