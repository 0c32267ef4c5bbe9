// Bundles the server. The SDK's compiler plugin, in client mode, turns each imported workflow into what `start` takes.
import { createSwcPlugin } from '@workflow/builders';
import { build } from 'esbuild';

await build({
  entryPoints: ['src/server.ts'],
  outfile: 'dist/server.mjs',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  plugins: [createSwcPlugin({ mode: 'client' })],
});
