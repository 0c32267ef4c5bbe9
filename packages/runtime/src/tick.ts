import { setTimeout as delay } from 'node:timers/promises';
import { type CreateEventRequest, type DetailsOf, hasCode, type World } from '@world/contract';
import { appendUnfenced, commit, type FenceMode, isOver } from './commit.js';
import type { Counters } from './counters.js';
import { ReplayDivergenceError, type RunFailure, storedError } from './errors.js';
import { Replay } from './replay.js';
import { RunLog } from './run-log.js';
import type { Workflow, Workflows } from './workflow.js';

/** One look at a run: read its log, replay, and commit all that follows as one transaction. */

/** Decisions that are made again at once; then the queue brings the run back later, when the crowd is gone. */
const RETRIES_IN_PLACE = 5;
/** Replays of a freshly read log before its run is given up. */
const FRESH_REPLAYS = 3;
const FIRST_PAUSE_MS = 5;

/** Told once for each conflict. */
export interface ConflictLine {
  readonly runId: string;
  /** What the decision was made on, and what was there. */
  readonly fence: string | null;
  readonly tail: string | null;
  /** 1 for the first conflict of a tick. */
  readonly attempt: number;
}

export interface TickParts {
  readonly world: World;
  readonly workflows: Workflows;
  readonly fence: FenceMode;
  readonly counters: Counters;
  readonly onConflict: (line: ConflictLine) => void;
}

/** Where a run stands after a tick. */
export type Ticked =
  | { readonly kind: 'over' }
  /** Too many conflicts: to be looked at again after that time. */
  | { readonly kind: 'crowded'; readonly againMs: number }
  | { readonly kind: 'open'; readonly workflowName: string; readonly replay: Replay };

/** Looks at a run. @throws what the world throws when it cannot be reached, RUN_NOT_FOUND */
export async function tick(parts: TickParts, runId: string): Promise<Ticked> {
  parts.counters.ticks += 1;
  try {
    return await decideUntilCommitted(parts, runId);
  } catch (error) {
    if (isOver(error)) return { kind: 'over' };
    throw error;
  }
}

async function decideUntilCommitted(parts: TickParts, runId: string): Promise<Ticked> {
  const { world, counters, onConflict } = parts;
  let log = await RunLog.start(world, runId);
  let divergences = 0;
  let corruption: ReplayDivergenceError | undefined;
  for (let attempt = 1; ; ) {
    if (log.isOver) return { kind: 'over' };
    try {
      if (corruption !== undefined)
        return await fail(world, log, 'CORRUPTED_EVENT_LOG', corruption);
      return await decide(parts, log);
    } catch (error) {
      if (error instanceof ReplayDivergenceError) {
        counters.divergences += 1;
        divergences += 1;
        if (divergences > FRESH_REPLAYS) corruption = error;
        else log = await RunLog.start(world, runId);
        continue;
      }
      if (!hasCode(error, 'FENCE_CONFLICT')) throw error;
      counters.conflicts += 1;
      onConflict(conflictLine(error.details, attempt));
      if (attempt > RETRIES_IN_PLACE) {
        counters.handedBack += 1;
        return { kind: 'crowded', againMs: pauseMs(attempt) };
      }
      counters.retries += 1;
      await delay(pauseMs(attempt));
      log.merge(error.details.events);
      if (error.details.hasMore) await log.readOn();
      attempt += 1;
    }
  }
}

/** Replays, and commits what follows. @throws FENCE_CONFLICT, ReplayDivergenceError */
async function decide(parts: TickParts, log: RunLog): Promise<Ticked> {
  const { world, workflows, fence } = parts;
  const { runId, workflowName } = log;
  const workflow = workflows[workflowName];
  if (workflow === undefined) throw new Error(`no workflow is named ${workflowName} here`);

  // Behind this fence signals may come before a decision, so that what it was made on has to be in the log already.
  if (fence === 'in-band') await completeWaits(world, workflow, log);
  const replay = await Replay.of(workflow, log.events);
  const requests: CreateEventRequest[] = [];
  if (fence !== 'in-band') {
    for (const wait of replay.elapsedWaits(Date.now())) requests.push(await replay.complete(wait));
  }
  requests.push(...replay.decisions());
  try {
    await commit(world, runId, requests, log.tail, fence);
  } catch (error) {
    // The workflow has passed on something that no store takes.
    if (hasCode(error, 'INVALID_ARGUMENT')) return fail(world, log, 'USER_ERROR', error);
    throw error;
  }
  if (replay.end() !== undefined) return { kind: 'over' };
  if (!replay.opensHooks) return { kind: 'open', workflowName, replay };
  await log.readOn();
  return decide(parts, log);
}

/** Appends the ends of waits whose time has come, and reads where in the log they are. */
async function completeWaits(world: World, workflow: Workflow, log: RunLog): Promise<void> {
  const replay = await Replay.of(workflow, log.events);
  const elapsed = replay.elapsedWaits(Date.now());
  for (const { id } of elapsed) {
    const request = { eventType: 'wait_completed', correlationId: id } as const;
    await appendUnfenced(world, log.runId, request);
  }
  if (elapsed.length > 0) await log.readOn();
}

/** Ends a run that cannot go on. @throws FENCE_CONFLICT when it may be able to, after all */
async function fail(
  world: World,
  log: RunLog,
  errorCode: RunFailure,
  reason: Error,
): Promise<Ticked> {
  const eventData = { error: storedError(reason), errorCode };
  const params = { lastKnownEventId: log.tail, resolveData: 'none' } as const;
  await world.events.create(log.runId, { eventType: 'run_failed', eventData }, params);
  return { kind: 'over' };
}

function conflictLine(details: DetailsOf<'FENCE_CONFLICT'>, attempt: number): ConflictLine {
  const { runId, lastKnownEventId, tailEventId } = details;
  return { runId, fence: lastKnownEventId, tail: tailEventId, attempt };
}

/** Grows with the attempts; differs, so that those who met do not meet again. */
const pauseMs = (attempt: number): number => FIRST_PAUSE_MS * 2 ** attempt * Math.random();
