import { join } from 'node:path';
import type { Rehearsal } from './rehearsal.ts';

/** Makes an adapter as the README of `@world/create` says, with what it needs; resolves to its folder. */
export async function scaffoldAdapter({ folder, run, createApp }: Rehearsal): Promise<string> {
  const app = await createApp('scaffold');
  // npx keeps what it has run before: a package of an earlier rehearsal has the same version.
  const cache = { npm_config_cache: join(folder, 'npx') };
  await run(app, 'npm', ['create', '--yes', '@world@latest', 'my-adapter'], cache);
  const adapter = join(app, 'my-adapter');
  await run(adapter, 'npm', ['install', '--no-audit', '--no-fund']);
  return adapter;
}
