import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from '../vitest.shared.js';

const config: ViteUserConfig = defineConfig({
  // Each check installs, builds or runs a suite.
  test: { ...shared, testTimeout: 300_000, hookTimeout: 120_000 },
});

export default config;
