import { type Event, TRANSITIONS, type World } from '@world/contract';
import { CliError } from '../cli-error.js';
import { isTerminal } from './columns.js';

export interface FollowLogParams {
  readonly runId: string;
  /** Of `events.list`, ascending; the beginning when not given. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * The log of a run as it grows, until the run has ended or the signal comes. Of a run that has ended: what is there.
 * @throws RUN_NOT_FOUND; CliError when the run is removed meanwhile.
 */
export async function* followLog(world: World, params: FollowLogParams): AsyncGenerator<Event> {
  const { runId, signal } = params;
  if (await hasEnded(world, runId)) {
    yield* readToEnd(world, params);
    return;
  }
  for await (const event of world.events.follow({ runId, cursor: params.cursor, signal })) {
    yield event;
    const endsRun = TRANSITIONS[event.eventType].effect.endsRun === true;
    if (endsRun && (await hasEnded(world, runId))) return;
  }
  if (!signal.aborted) throw new CliError(`run ${runId} was removed; there is no more to follow`);
}

async function hasEnded(world: World, runId: string): Promise<boolean> {
  return isTerminal((await world.runs.get(runId, { resolveData: 'none' })).status);
}

async function* readToEnd(
  world: World,
  { runId, cursor, limit, signal }: FollowLogParams,
): AsyncGenerator<Event> {
  let next = cursor;
  while (!signal.aborted) {
    const page = await world.events.list({ runId, pagination: { cursor: next, limit } });
    yield* page.data;
    if (!page.hasMore || page.cursor === null) return;
    next = page.cursor;
  }
}
