import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** What other processes load. `npm test` builds it first. */
export const specifier: string = new URL('../dist/index.js', import.meta.url).href;

/** The URL of a new, empty place, which is removed after the tests of the file. */
export function freshUrl(): string {
  const folder = mkdtempSync(join(tmpdir(), 'my-world-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return `my-world:${folder}`;
}
