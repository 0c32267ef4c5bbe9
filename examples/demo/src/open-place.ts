import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotStart } from './cannot-start.js';
import { Interrupted, unlessAborted } from './interruption.js';
import { KNOWN_WORLDS, type KnownWorld, knownWorldOf } from './known-worlds.js';
import { Place } from './place.js';

/** Longer than worlds wait for a server by themselves. */
const ANSWER_MS = 20_000;

/**
 * The world of a URL, or of a new SQLite file that is removed when the process ends. It has been read from once: nothing of the
 * demo need be printed when it is not there.
 * @throws CannotStart that says in one line why; the signal's reason.
 */
export async function openPlace(url: string | undefined, signal: AbortSignal): Promise<Place> {
  const place = url === undefined ? await newFile() : await placeOf(url);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  // A timeout signal alone does not keep the process running.
  const keepAlive = setInterval(() => {}, ANSWER_MS);
  try {
    await unlessAborted(readOnce(place), limit);
  } catch (error) {
    if (signal.reason instanceof Interrupted) throw error;
    const isLate = limit.aborted && !signal.aborted;
    const problem = isLate
      ? `${place.where} did not answer within ${ANSWER_MS / 1000} s`
      : messageOf(error);
    throw new CannotStart(problem, { cause: error });
  } finally {
    clearInterval(keepAlive);
  }
  return place;
}

async function newFile(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'world-demo-'));
  // Other processes of the suite may still be writing: hence the retries.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const url = `sqlite:${join(folder, 'world.db')}`;
  return place(knownOf(url), url, 'a new SQLite file');
}

const placeOf = (url: string): Promise<Place> => place(knownOf(url), url);

function knownOf(url: string): KnownWorld {
  const known = knownWorldOf(url);
  if (known !== undefined) return known;
  const schemes = KNOWN_WORLDS.flatMap((one) => one.schemes.map((scheme) => `${scheme}:`));
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(url) ?? [];
  throw new CannotStart(
    scheme === undefined
      ? `--world takes the URL of a world, such as ${KNOWN_WORLDS.map(({ example }) => example).join(' or ')}`
      : `--world knows no ${scheme}: URLs (${schemes.join(' ')} are)`,
  );
}

async function place(known: KnownWorld, url: string, where?: string): Promise<Place> {
  try {
    return new Place(known, await known.load(), url, where);
  } catch (cause) {
    throw new CannotStart(`cannot load ${known.packageName}: ${messageOf(cause)}`, { cause });
  }
}

async function readOnce(place: Place): Promise<void> {
  const namespace = place.namespaceOf('probe');
  const world = await place.open(namespace);
  await world.runs.list({ pagination: { limit: 1 } });
  await world.close();
  await place.remove(namespace);
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replaceAll(/\p{Cc}+/gu, ' ').trim();
}
