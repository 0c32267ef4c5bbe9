import { type Event, type World, WorldError } from '@world/contract';
import { describeError } from '../cli-error.js';
import { readLogPages, readPages } from './read-pages.js';
import { type Verification, verifyRun } from './verify-run.js';

/** What became of one run. */
export interface RunCopy {
  readonly runId: string;
  /** Events that were written. */
  readonly imported: number;
  /** Events that were there already. */
  readonly present: number;
  /** `log` when one side has moved on meanwhile; see `verifyRun`. */
  readonly compared: Verification['compared'];
  /** Why it is not the same in both worlds; absent when it is. */
  readonly problem?: string;
}

export interface CopyOptions {
  /** Only these; all when not given. @throws RUN_NOT_FOUND before anything is copied. */
  readonly runIds?: readonly string[] | undefined;
  /** Ends the copy, with its reason, before the next run is written. A second copy goes on from there. */
  readonly signal?: AbortSignal | undefined;
}

/** Codes that say that one run cannot be copied; the others can. */
const OF_ONE_RUN = new Set<string>([
  'LOG_DIVERGED',
  'TOKEN_HELD',
  'INVALID_ARGUMENT',
  // Of the source, which was pruned meanwhile.
  'RUN_NOT_FOUND',
]);

/**
 * Copies runs with ids, positions and times kept, oldest first, and compares each with its source. Can be repeated.
 * A run that cannot be copied comes out with its problem; whatever else goes wrong is thrown.
 */
export async function* copyRuns(
  from: World,
  to: World,
  { runIds, signal }: CopyOptions = {},
): AsyncGenerator<RunCopy> {
  for (const runId of runIds ?? []) await from.runs.get(runId, { resolveData: 'none' });
  for await (const runId of runIds ?? listedRunIds(from)) {
    yield await copyRun(from, to, runId, signal);
  }
}

async function* listedRunIds(from: World): AsyncGenerator<string> {
  const pages = readPages((pagination) => from.runs.list({ pagination, resolveData: 'none' }));
  for await (const page of pages) yield* page.map(({ runId }) => runId);
}

async function copyRun(
  from: World,
  to: World,
  runId: string,
  signal: AbortSignal | undefined,
): Promise<RunCopy> {
  const nothing = { runId, imported: 0, present: 0, compared: 'log' } as const;
  try {
    const log = await readLogWhole(from, runId, signal);
    const { imported } = await to.events.import(runId, log);
    const copied = { runId, imported, present: log.length - imported };
    return { ...copied, ...(await verifyRun(from, to, runId, log.length)) };
  } catch (error) {
    if (!WorldError.is(error) || !OF_ONE_RUN.has(error.code)) throw error;
    return { ...nothing, problem: describeError(error) };
  }
}

/** In one piece: an import has to know which hooks are disposed of later, and need no token. */
async function readLogWhole(
  from: World,
  runId: string,
  signal: AbortSignal | undefined,
): Promise<Event[]> {
  const log: Event[] = [];
  for await (const events of readLogPages(from, runId)) {
    signal?.throwIfAborted();
    log.push(...events);
  }
  signal?.throwIfAborted();
  return log;
}
