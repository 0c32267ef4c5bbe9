import type { Event, FollowParams, PaginatedResponse } from '@world/contract';
import { pauseFor } from './line.js';
import { POLL } from './methods.js';
import type { Transport } from './transport.js';

/** How long a server may hold an answer back at most, ms. */
const MAX_WAIT_MS = 20_000;

/** After an empty answer that came earlier than this, ms, as from a server that stops, the rest is waited for. */
const EMPTY_MS = 500;

/** How long a follower asks, ms, before it tries to stream again. */
const ROUND_MS = 60_000;

/** Events of a log as they are found by asking, and `undefined` for an answer; returns after a minute. @throws as `call`. */
export async function* pollLog(
  transport: Transport,
  { runId, resolveData, cursor: first }: FollowParams,
  signals: readonly AbortSignal[],
): AsyncGenerator<Event | undefined, undefined> {
  // The other half of an attempt's time is for the way.
  const waitMs = Math.floor(Math.min(MAX_WAIT_MS, transport.timeoutMs / 2));
  const end = performance.now() + ROUND_MS;
  let cursor = first;
  while (performance.now() < end && !signals.some(({ aborted }) => aborted)) {
    const asked = performance.now();
    const params = { runId, resolveData, pagination: { cursor } };
    const answer = await transport.call(POLL, { params, waitMs }, signals);
    const page = answer as PaginatedResponse<Event>;
    yield undefined;
    yield* page.data;
    cursor = page.cursor ?? cursor;
    const restMs = asked + EMPTY_MS - performance.now();
    if (page.data.length === 0 && restMs > 0) await pauseFor(restMs, signals);
  }
}
