import { isDeepStrictEqual } from 'node:util';
import type { Event, World } from '@world/contract';
import { replayLog, type Workflow } from '@world/runtime';
import { describeError, messageOf } from '../cli-error.js';
import { readAll } from '../copy/read-pages.js';
import { verifyRun } from '../copy/verify-run.js';

/** What stands of a run after a storm. */
export interface CheckedRun {
  readonly runId: string;
  readonly log: readonly Event[];
  /** What is wrong with its log. */
  readonly problems: readonly string[];
}

/** An end of a run, as far as code decides it: stacks and messages of errors may change. */
interface End {
  readonly eventType: string;
  readonly output?: unknown;
}

/**
 * Checks the log of a run: positions without gaps, ids that ascend, events that the state machine allows, and leads to the
 * stored entities; and a replay from nothing that comes to the recorded end.
 * @param scratch an empty world, which takes the log.
 */
export async function checkRun(
  world: World,
  scratch: World,
  workflow: Workflow,
  runId: string,
): Promise<CheckedRun> {
  const log = await readAll((pagination) => world.events.list({ runId, pagination }));
  const disorder = disorderOf(log);
  const problems = [
    disorder ?? (await stateProblemOf(world, scratch, runId, log)),
    await replayProblemOf(workflow, log),
  ];
  return { runId, log, problems: problems.filter((one) => one !== undefined) };
}

function disorderOf(log: readonly Event[]): string | undefined {
  for (const [i, { seq, eventId }] of log.entries()) {
    if (seq !== i + 1) return `event ${i + 1} has the position ${seq}`;
    const before = log[i - 1]?.eventId;
    if (before !== undefined && eventId <= before) {
      return `event ${seq}: its id ${eventId} is not above ${before}`;
    }
  }
  return undefined;
}

/** An import takes a log only as the state machine allows it; what it makes of it must be what is stored. */
async function stateProblemOf(
  world: World,
  scratch: World,
  runId: string,
  log: readonly Event[],
): Promise<string | undefined> {
  try {
    await scratch.events.import(runId, log);
  } catch (error) {
    return `the log is not legal: ${describeError(error)}`;
  }
  const { problem } = await verifyRun(world, scratch, runId, log.length);
  return problem && `what is stored is not what the log leads to: ${problem}`;
}

async function replayProblemOf(
  workflow: Workflow,
  log: readonly Event[],
): Promise<string | undefined> {
  try {
    const replayed = endOf(await replayLog(workflow, log));
    const recorded = endOf(log.find(({ eventType }) => isEnd(eventType)));
    if (recorded === undefined || isDeepStrictEqual(replayed, recorded)) return undefined;
    return `a replay comes to another end: ${shown(replayed)}, recorded ${shown(recorded)}`;
  } catch (error) {
    return `a replay cannot follow the log: ${messageOf(error)}`;
  }
}

const isEnd = (eventType: string): boolean =>
  eventType === 'run_completed' || eventType === 'run_failed' || eventType === 'run_cancelled';

function endOf(
  event: { readonly eventType: string; readonly eventData?: unknown } | undefined,
): End | undefined {
  if (event === undefined) return undefined;
  const { eventType, eventData } = event;
  const { output } = (eventData ?? {}) as { output?: unknown };
  return output === undefined ? { eventType } : { eventType, output };
}

const shown = (end: End | undefined): string => (end === undefined ? 'none' : JSON.stringify(end));
