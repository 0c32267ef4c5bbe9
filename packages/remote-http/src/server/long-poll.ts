import {
  type Event,
  invalidArgument,
  type ListOfRunParams,
  ListOfRunParamsSchema,
  type PaginatedResponse,
  type World,
} from '@world/contract';
import { z } from 'zod';
import { Line } from '../line.js';

/** How long an answer may be held back, ms, and how long it is when nothing is said. */
const WAIT_MS = { most: 25_000, usual: 20_000 } as const;

/** Which log, from where, and how long its next events are waited for. */
export interface LongPoll {
  readonly params: ListOfRunParams;
  readonly waitMs: number;
}

/** Check the arguments of a poll. */
export const LONG_POLL_SCHEMAS: { readonly [K in keyof LongPoll]: z.ZodType<LongPoll[K]> } = {
  params: ListOfRunParamsSchema,
  waitMs: z.number().int().min(0).max(WAIT_MS.most).default(WAIT_MS.usual),
};

/** What was asked for, and nothing else of the body: it is held for long. @throws INVALID_ARGUMENT */
export function longPollOf(args: Readonly<Record<string, unknown>>): LongPoll {
  const { success, data, error } = z.object(LONG_POLL_SCHEMAS).safeParse(args);
  if (!success) {
    const { path = [], message } = error.issues[0] ?? {};
    // Named as `events.list` names them.
    const field = (path[0] === 'params' && path.length > 1 ? path.slice(1) : path).join('.');
    throw invalidArgument(field || 'params', message ?? 'is invalid');
  }
  if (data.params.pagination?.sortOrder === 'desc') {
    throw invalidArgument('pagination.sortOrder', 'is not asc: nothing comes before a first event');
  }
  return data;
}

/**
 * The next page of a log, as `events.list` gives it: at once when there is an event, else when one is committed. An empty page
 * when `waitMs` have passed or the signal is aborted.
 * @throws what `events.list` throws, also for a run that is removed meanwhile.
 */
export async function pollEvents(
  world: World,
  { params, waitMs }: LongPoll,
  signal: AbortSignal,
): Promise<PaginatedResponse<Event>> {
  const page = await world.events.list(params);
  if (page.data.length > 0 || waitMs === 0) return page;
  const line = new Line([signal], waitMs);
  try {
    const events = world.events.follow({
      runId: params.runId,
      resolveData: 'none',
      cursor: page.cursor ?? undefined,
      signal: line.signal,
    });
    await events.next();
    await events.return?.(undefined);
    // The list has all that was committed together, and tells it when the run is gone.
    return line.signal.aborted ? page : await world.events.list(params);
  } finally {
    line.end();
  }
}
