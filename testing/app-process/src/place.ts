import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A world with no data in it, as the environment of an app says it. */
export interface Place {
  readonly env: Readonly<Record<string, string>>;
  /** Removes the data. */
  close(): Promise<void>;
}

/** An empty temporary folder. */
export async function openFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'world-sdk-e2e-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
