import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testWorld } from '@world/contract/conformance';
import { capabilities, createWorld } from '@world/sqlite';
import { afterAll } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'world-sqlite-'));
const url = `sqlite:${join(folder, 'world.db')}`;
afterAll(() => rmSync(folder, { recursive: true }));

await testWorld({
  name: '@world/sqlite',
  create: (options) => createWorld({ url, ...options }),
  capabilities,
  module: { specifier: import.meta.resolve('@world/sqlite'), url },
});
