import { type World, WorldError } from '@world/contract';
import { describeError } from '../cli-error.js';
import { readAll, readLogPages, readPages } from './read-pages.js';
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
  /** Ends the copy between two pages, with its reason. What was copied stays, and a second copy goes on from it. */
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
 * Copies runs with ids, positions and times kept, and compares each with its source: oldest first, but those with live
 * hooks after all others. Can be repeated.
 * A run that cannot be copied comes out with its problem; whatever else goes wrong is thrown.
 */
export async function* copyRuns(
  from: World,
  to: World,
  options: CopyOptions = {},
): AsyncGenerator<RunCopy> {
  const { runIds, signal } = options;
  const deferred = new Map<string, number>();
  for await (const runId of runIdsOf(from, runIds)) {
    const copy = await copyRun(from, to, { runId, importedBefore: 0, last: false, signal });
    if ('runId' in copy) yield copy;
    else deferred.set(runId, copy.importedSoFar);
  }
  // Their tokens were held by runs whose copies may have given them back by now.
  for (const [runId, importedBefore] of deferred) {
    const copy = await copyRun(from, to, { runId, importedBefore, last: true, signal });
    if ('runId' in copy) yield copy;
  }
}

interface Attempt {
  readonly runId: string;
  readonly importedBefore: number;
  /** A token that is held is then a problem. */
  readonly last: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Runs that hold hook tokens come last: those before them may have held the same tokens earlier. */
async function* runIdsOf(
  from: World,
  runIds: readonly string[] | undefined,
): AsyncGenerator<string> {
  for (const runId of runIds ?? []) await from.runs.get(runId, { resolveData: 'none' });
  const live = await readAll((pagination) => from.hooks.list({ pagination, resolveData: 'none' }));
  const holders = new Set(live.map(({ runId }) => runId));
  const last: string[] = [];
  for await (const runId of runIds ?? listedRunIds(from)) {
    if (holders.has(runId)) last.push(runId);
    else yield runId;
  }
  yield* last;
}

async function* listedRunIds(from: World): AsyncGenerator<string> {
  const pages = readPages((pagination) => from.runs.list({ pagination, resolveData: 'none' }));
  for await (const page of pages) yield* page.map(({ runId }) => runId);
}

/** One attempt: the run's copy, or how many events it has imported before a token was held. */
async function copyRun(
  from: World,
  to: World,
  { runId, importedBefore, last, signal }: Attempt,
): Promise<RunCopy | { readonly importedSoFar: number }> {
  let imported = importedBefore;
  let copiedSeq = 0;
  try {
    for await (const events of readLogPages(from, runId)) {
      signal?.throwIfAborted();
      imported += (await to.events.import(runId, events)).imported;
      copiedSeq = events.at(-1)?.seq ?? copiedSeq;
    }
    signal?.throwIfAborted();
    const verification = await verifyRun(from, to, runId, copiedSeq);
    return { runId, imported, present: copiedSeq - imported, ...verification };
  } catch (error) {
    if (!WorldError.is(error) || !OF_ONE_RUN.has(error.code)) throw error;
    if (error.code === 'TOKEN_HELD' && !last) return { importedSoFar: imported };
    const present = Math.max(0, copiedSeq - imported);
    return { runId, imported, present, compared: 'log', problem: describeError(error) };
  }
}
