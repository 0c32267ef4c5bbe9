import type { Event, FollowParams, PaginatedResponse } from '@world/contract';
import { pauseFor } from './line.js';
import type { Transport } from './transport.js';

/** How often a follower asks, ms, and how often it does so before it tries to stream again. */
const POLL_MS = 500;
const ROUNDS = 120;

/** Events of a log as they are found by asking, and `undefined` for an answer; returns after a minute. @throws as `call`. */
export async function* pollLog(
  transport: Transport,
  { runId, resolveData, cursor: first }: FollowParams,
  signals: readonly AbortSignal[],
): AsyncGenerator<Event | undefined, undefined> {
  let cursor = first;
  for (let round = 0; round < ROUNDS && !signals.some(({ aborted }) => aborted); ) {
    const params = { runId, resolveData, pagination: { cursor } };
    const page = (await transport.call(
      'events.list',
      { params },
      signals,
    )) as PaginatedResponse<Event>;
    yield undefined;
    yield* page.data;
    cursor = page.cursor ?? cursor;
    if (page.hasMore) continue;
    round += 1;
    await pauseFor(POLL_MS, signals);
  }
}
