import {
  ERRORS,
  type Event,
  eventsCursor,
  type FollowParams,
  WorldError,
  worldError,
} from '@world/contract';
import { Line, pauseFor } from './line.js';
import { HEARTBEAT_MS, liveFrames } from './live-frames.js';
import { FOLLOW } from './methods.js';
import { pollLog } from './poll-log.js';
import { backoffMs, type Transport } from './transport.js';

/** What has come on a followed log. */
export interface EventFrame {
  readonly event: Event;
}

/**
 * How a log is followed: over one response that goes on, or by asking again and again. `auto` streams, and asks where nothing
 * of a stream comes through.
 */
export type Live = 'auto' | 'stream' | 'poll';

/** A server answers a follower at once; when nothing has come by then, ms, something keeps the answer back. */
const FIRST_BYTE_MS = 3000;

/** Follows a log on the server. A line that breaks is opened again behind the last event, for as long as it takes. */
export async function* followRemote(
  transport: Transport,
  { signal, cursor: first, ...params }: FollowParams,
  { closing, live }: { readonly closing: AbortSignal; readonly live: Live },
): AsyncGenerator<Event, undefined> {
  const signals = signal === undefined ? [closing] : [closing, signal];
  const ended = (): boolean => signals.some(({ aborted }) => aborted);
  let cursor = first;
  let isPolling = live === 'poll';
  let isReached = false;
  let isFound = false;
  let failures = 0;
  while (!ended()) {
    const line = new Line(signals, live === 'auto' ? FIRST_BYTE_MS : 3 * HEARTBEAT_MS);
    let isSilent = true;
    try {
      const from = { ...params, cursor };
      const log = isPolling ? pollLog(transport, from, signals) : streamLog(transport, from, line);
      if (isPolling) line.pause();
      for await (const event of log) {
        isSilent = false;
        isReached = true;
        isFound ||= isPolling || event !== undefined;
        failures = 0;
        if (ended()) break;
        if (event === undefined) continue;
        yield event;
        cursor = eventsCursor(event);
      }
      if (!isPolling && !ended()) return;
      isPolling = live === 'poll';
    } catch (error) {
      if (ended()) break;
      // A cursor that was good names no event any more: the run was removed.
      if (isFound && WorldError.is(error, 'INVALID_ARGUMENT')) return;
      if (!WorldError.is(error) || !ERRORS[error.code].retryable) throw error;
      failures += 1;
      const { retryAfter } = error;
      const isHopeless = retryAfter !== undefined || failures > transport.retries;
      if (!isReached && isHopeless) throw error;
      if (live === 'auto' && isSilent && line.isLate) isPolling = true;
      else
        await pauseFor(retryAfter === undefined ? backoffMs(failures) : retryAfter * 1000, signals);
    } finally {
      line.end();
    }
  }
  if (closing.aborted) throw worldError('WORLD_CLOSED', 'the world was closed');
}

/** Events of one live response, and `undefined` for a sign of life; returns where the log ends. @throws as `liveFrames`. */
async function* streamLog(
  transport: Transport,
  params: FollowParams,
  line: Line,
): AsyncGenerator<Event | undefined, undefined> {
  const frames = liveFrames<EventFrame>(transport, FOLLOW, { params }, line);
  for await (const frame of frames) yield frame?.event;
}
