import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The path of a file in a new folder that is removed with the test. */
export function temporaryPath(name = 'world.db'): string {
  const folder = mkdtempSync(join(tmpdir(), 'world-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
