import { setTimeout as delay } from 'node:timers/promises';
import { type Event, hasCode, type World } from '@world/contract';
import { appendUnfenced, commit, type FenceMode, isOver } from './commit.js';
import { ReplayDivergenceError, type RunFailure, storedError } from './errors.js';
import { lastOf, merge, RUN_ENDS, readOn, startRun, workflowNameOf } from './log.js';
import { completionOf, Replay } from './replay.js';
import type { Workflows } from './workflow.js';

/** One look at a run: read its log, replay, and commit all that follows as one transaction. */

/** Decisions that are made again at once; then the queue brings the run back later, when the crowd is gone. */
const RETRIES_IN_PLACE = 5;
/** Replays of a freshly read log before its run is given up. */
const FRESH_REPLAYS = 3;
const FIRST_PAUSE_MS = 5;

/** What a runtime has done since it was made. */
export interface Counters {
  /** Looks at a run: a log read, a replay, a commit if something was decided. */
  ticks: number;
  /** Commits that the fence refused; after them the tick decided again at once, or went back to the queue. */
  conflicts: number;
  retries: number;
  handedBack: number;
  /** Replays that could not follow the log. */
  divergences: number;
  /** Attempts of steps. */
  stepAttempts: number;
}

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
  | { readonly kind: 'open'; readonly replay: Replay };

/** Looks at a run. @throws RUN_NOT_FOUND, and what the world throws when it cannot be reached */
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
  let log = await startRun(world, runId);
  let divergences = 0;
  let corruption: ReplayDivergenceError | undefined;
  for (let attempt = 1; ; ) {
    if (log.some(({ eventType }) => RUN_ENDS.has(eventType))) return { kind: 'over' };
    try {
      if (corruption) return await fail(world, log, 'CORRUPTED_EVENT_LOG', corruption);
      return await decide(parts, log);
    } catch (error) {
      if (error instanceof ReplayDivergenceError) {
        counters.divergences += 1;
        divergences += 1;
        if (divergences > FRESH_REPLAYS) corruption = error;
        else log = await startRun(world, runId);
        continue;
      }
      if (!hasCode(error, 'FENCE_CONFLICT')) throw error;
      const { lastKnownEventId: fence, tailEventId: tail, events, hasMore } = error.details;
      counters.conflicts += 1;
      tell(onConflict, { runId, fence, tail, attempt });
      if (attempt > RETRIES_IN_PLACE) {
        counters.handedBack += 1;
        return { kind: 'crowded', againMs: pauseMs(attempt) };
      }
      counters.retries += 1;
      await delay(pauseMs(attempt));
      merge(log, events);
      if (hasMore || lastOf(log).eventId !== tail) await readOn(world, log);
      attempt += 1;
    }
  }
}

/** Replays, and commits what follows. @throws FENCE_CONFLICT, ReplayDivergenceError */
async function decide(parts: TickParts, log: Event[]): Promise<Ticked> {
  const { world, workflows, fence } = parts;
  const name = workflowNameOf(log);
  const workflow = Object.hasOwn(workflows, name) ? workflows[name] : undefined;
  if (workflow === undefined) throw new Error(`no workflow is named ${name} here`);

  let replay = await Replay.of(workflow, log);
  const elapsed = replay.elapsedWaits(Date.now());
  if (fence === 'in-band' && elapsed.length > 0) {
    // Signals may pass a decision behind this fence: what it is made on has to be in the log before.
    const { runId } = lastOf(log);
    for (const wait of elapsed) await appendUnfenced(world, runId, completionOf(wait));
    await readOn(world, log);
    replay = await Replay.of(workflow, log);
  } else {
    await replay.complete(elapsed);
  }
  const { runId, eventId } = lastOf(log);
  const requests = replay.decisions();
  try {
    await commit(world, runId, requests, eventId, fence);
  } catch (error) {
    // The workflow has passed on something that no store takes.
    if (hasCode(error, 'INVALID_ARGUMENT')) return fail(world, log, 'USER_ERROR', error);
    throw error;
  }
  if (requests.some(({ eventType }) => RUN_ENDS.has(eventType))) return { kind: 'over' };
  if (!replay.opensHooks) return { kind: 'open', replay };
  await readOn(world, log);
  return decide(parts, log);
}

/** Ends a run that cannot go on. @throws FENCE_CONFLICT */
async function fail(
  world: World,
  log: readonly Event[],
  errorCode: RunFailure,
  reason: Error,
): Promise<Ticked> {
  const { runId, eventId: lastKnownEventId } = lastOf(log);
  const eventData = { error: storedError(reason), errorCode };
  await world.events.create(runId, { eventType: 'run_failed', eventData }, { lastKnownEventId });
  return { kind: 'over' };
}

/** What a listener throws is no reason to stop. */
function tell(onConflict: TickParts['onConflict'], line: ConflictLine): void {
  try {
    onConflict(line);
  } catch {
    // Nobody is left to be told.
  }
}

/** Grows with the attempts; differs, so that those who met do not meet again. */
const pauseMs = (attempt: number): number => FIRST_PAUSE_MS * 2 ** attempt * Math.random();
