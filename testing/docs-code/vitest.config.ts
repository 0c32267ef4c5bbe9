import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.js';

const config: ViteUserConfig = defineConfig({ test: shared });

export default config;
