import { Bell } from './bell.js';
import { WorldError, worldError } from './errors.js';
import type { Event } from './events.js';
import type { OpenCalls } from './open-calls.js';
import { FollowParamsSchema } from './param-schemas.js';
import { parseArgument } from './parse.js';
import type { EventReads } from './read-events.js';
import type { Store } from './store.js';
import type { FollowParams } from './world.js';

/**
 * Committed events in order, from the cursor on. A follower waits `lookMs` for a notification before it looks by itself:
 * catch-up never depends on notifications.
 * @throws INVALID_ARGUMENT at once, for bad parameters.
 */
export function followEvents(
  store: Store,
  reads: EventReads,
  params: unknown,
  calls: OpenCalls,
  lookMs: number,
): AsyncGenerator<Event, undefined> {
  return readOn(store, reads, parseArgument(FollowParamsSchema, params, ''), calls, lookMs);
}

/** Reads to the end of the log, waits for more, reads on. */
async function* readOn(
  store: Store,
  reads: EventReads,
  { runId, resolveData, signal, ...params }: FollowParams,
  calls: OpenCalls,
  lookMs: number,
): AsyncGenerator<Event, undefined> {
  const bell = new Bell();
  const ended = (): boolean => calls.closing.aborted || signal?.aborted === true;
  const unsubscribe = store.subscribe(runId, bell.ring);
  signal?.addEventListener('abort', bell.ring);
  const endClosing = calls.onClosing(bell.ring);
  let cursor = params.cursor;
  let started = false;
  try {
    while (!ended()) {
      const page = await reads
        .list({ runId, resolveData, pagination: { cursor } })
        .catch((error: unknown) => {
          // A cursor that was good names no event any more: the run was removed.
          if (started && WorldError.is(error, 'INVALID_ARGUMENT')) return undefined;
          throw error;
        });
      if (page === undefined) return;
      started = true;
      for (const event of page.data) {
        if (ended()) break;
        yield event;
      }
      if (ended()) break;
      cursor = page.cursor ?? cursor;
      // A long log would keep embedded stores, and with them the event loop, busy to its end.
      if (page.hasMore) await new Promise((resolve) => setImmediate(resolve));
      else await bell.wait(lookMs);
    }
    if (calls.closing.aborted) throw worldError('WORLD_CLOSED', 'the world was closed');
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', bell.ring);
    endClosing();
  }
}
