import {
  type CreateEventRequest,
  type ErrorCode,
  hasCode,
  MAX_BATCH_SIZE,
  type World,
  WorldError,
} from '@world/contract';

/** How the decisions of a tick get into the log. */

/**
 * What decisions are fenced on. `tail`: nothing has come since the log was read. `in-band`: no other decision has come;
 * signals may have. `off`: on nothing, as engines without a fence do it: runs break under concurrency.
 */
export type FenceMode = (typeof FENCE_MODES)[number];
export const FENCE_MODES = ['tail', 'in-band', 'off'] as const;

/** Refusals that tell an engine without a fence that somebody else was faster. */
const DONE_ALREADY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'STEP_EXISTS',
  'HOOK_EXISTS',
  'HOOK_NOT_FOUND',
  'WAIT_EXISTS',
  'WAIT_COMPLETED',
]);

/**
 * Commits decisions that were made at `tail`; all of them, or with a fence none.
 * @throws FENCE_CONFLICT, RUN_TERMINAL
 */
export async function commit(
  world: World,
  runId: string,
  requests: readonly CreateEventRequest[],
  tail: string,
  fence: FenceMode,
): Promise<void> {
  if (fence === 'off') {
    for (const request of requests) await appendUnfenced(world, runId, request);
    return;
  }
  let lastKnownEventId = tail;
  for (let start = 0; start < requests.length; start += MAX_BATCH_SIZE) {
    const part = requests.slice(start, start + MAX_BATCH_SIZE);
    // With payloads: the events that a conflict brings along are replayed.
    const params = { lastKnownEventId, fenceScope: fence };
    ({ lastKnownEventId } = await world.events.createBatch(runId, part, params));
  }
}

/** Appends what is true whatever else has happened, unless it is there. */
export async function appendUnfenced(
  world: World,
  runId: string,
  request: CreateEventRequest,
): Promise<void> {
  try {
    await world.events.create(runId, request, { resolveData: 'none' });
  } catch (error) {
    if (!WorldError.is(error) || !DONE_ALREADY.has(error.code)) throw error;
  }
}

/** Whether the run is over, as far as the refusal says. */
export const isOver = (error: unknown): boolean =>
  hasCode(error, 'RUN_EXPIRED') || hasCode(error, 'RUN_TERMINAL');
