// Builds the app under test into dist: the routes with the SDK's builder, as `workflow build` does, and the server with
// the SDK's compiler plugin in client mode. The routes bundle the SDK once each, the server imports it: three copies.
import { fileURLToPath } from 'node:url';
import { createSwcPlugin, StandaloneBuilder } from '@workflow/builders';
import { build } from 'esbuild';

const workingDir = fileURLToPath(new URL('..', import.meta.url));
process.chdir(workingDir);

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

await new StandaloneBuilder({
  buildTarget: 'standalone',
  dirs: ['.'],
  workingDir,
  stepsBundlePath: 'dist/step.cjs',
  workflowsBundlePath: 'dist/flow.cjs',
  webhookBundlePath: 'dist/webhook.mjs',
}).build();
