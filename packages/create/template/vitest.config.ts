import { defineConfig, type ViteUserConfig } from 'vitest/config';

// Tests assert counts, not times: a busy machine is no reason to fail.
const config: ViteUserConfig = defineConfig({
  test: { include: ['test/**/*.test.ts'], testTimeout: 90_000, hookTimeout: 60_000 },
});

export default config;
