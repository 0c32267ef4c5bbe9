import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorld } from '@world/sqlite';
import { afterAll } from 'vitest';
import { testServed } from './test-served.js';

const folder = mkdtempSync(join(tmpdir(), 'world-remote-'));
const url = `sqlite:${join(folder, 'world.db')}`;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

await testServed('SQLite', (namespace) => createWorld({ url, namespace }));
