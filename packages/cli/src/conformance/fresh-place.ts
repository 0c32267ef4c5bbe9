import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageOfName } from '../worlds/known-packages.js';
import type { Target } from '../worlds/target.js';

/** Where the suite runs. */
export interface Place {
  /** None: the module takes its default. */
  readonly url: string | undefined;
  /** Removes what was made for the suite. */
  dispose(): Promise<void>;
}

const nothing = async (): Promise<void> => {};

/** The URL that the user gave; else a new place for packages that need one, so that nobody's data is touched. */
export async function openPlace(target: Target): Promise<Place> {
  if (target.kind === 'url') return { url: target.url, dispose: nothing };
  const known = target.kind === 'package' ? packageOfName(target.name) : undefined;
  if (known?.freshUrl === undefined) return { url: undefined, dispose: nothing };
  const folder = await mkdtemp(join(tmpdir(), 'world-conformance-'));
  return {
    url: known.freshUrl(folder),
    // Worker processes may be about to end: files come and go for a moment.
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
