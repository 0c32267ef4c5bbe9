import { invalidArgument, worldError } from './errors.js';
import { eventListScope } from './event-cursor.js';
import { isEventId } from './event-id.js';
import type { Event } from './events.js';
import {
  decodeCursor,
  encodeCursor,
  MAX_PAGE_SIZE,
  type PaginatedResponse,
  withDefaults,
} from './pagination.js';
import { ListByCorrelationIdParamsSchema, ListOfRunParamsSchema } from './param-schemas.js';
import { parseArgument } from './parse.js';
import { presentEvent } from './present.js';
import { assertKeys, resolveDataOf } from './read-params.js';
import type { EventRecord, SortOrder, Store } from './store.js';
import type { Events } from './world.js';

/** Reads of the log. */

interface Position {
  readonly runId: string;
  readonly seq: number;
  readonly eventId: string;
}

const CURSOR = ['string', 'number', 'string'] as const;

/** Large, so that 10,000 events are ten calls: stock clients read logs with the default. */
const EVENTS_PAGE = MAX_PAGE_SIZE;

interface EventQuery {
  readonly runId: string | undefined;
  readonly correlationId: string | undefined;
  readonly order: SortOrder;
}

export type EventReads = Pick<Events, 'get' | 'list' | 'listByCorrelationId'>;

export function createEventReads(store: Store): EventReads {
  /** `limit` records beyond a position. */
  const read = (query: EventQuery, after: Position | undefined, limit: number) => {
    const { runId, correlationId, order } = query;
    if (runId === undefined) {
      return store.readCorrelatedEvents({
        correlationId: correlationId ?? '',
        ...(after && { after }),
        order,
        limit,
      });
    }
    return store.readEvents({
      runId,
      ...(correlationId !== undefined && { correlationId }),
      ...(after && { afterSeq: after.seq }),
      order,
      limit,
    });
  };

  /**
   * A page beyond a cursor. The cursor's own event is read along and compared, so that a cursor of another log is
   * refused (LO9); one query all the same.
   */
  const readBeyond = async (
    query: EventQuery,
    cursor: Position,
    limit: number,
  ): Promise<readonly EventRecord[]> => {
    const step = query.order === 'asc' ? -1 : 1;
    const records = await read(query, { ...cursor, seq: cursor.seq + step }, limit + 1);
    const [anchor, ...rest] = records;
    if (anchor?.eventId !== cursor.eventId) {
      throw invalidArgument('pagination.cursor', 'names no event of this list');
    }
    return rest;
  };

  const list = async (
    query: EventQuery,
    limit: number,
    cursor: string | undefined,
    resolveData: 'all' | 'none',
  ): Promise<PaginatedResponse<Event>> => {
    const { runId, order, correlationId } = query;
    const scope = eventListScope(runId, order, correlationId);
    const position =
      cursor === undefined ? undefined : toPosition(decodeCursor(scope, cursor, CURSOR));
    const records =
      position === undefined
        ? await read(query, undefined, limit + 1)
        : await readBeyond(query, position, limit + 1);
    const shown = records.slice(0, limit);
    const hasMore = records.length > limit;
    const last = shown.at(-1) ?? position;
    const continues = last !== undefined && (hasMore || order === 'asc');
    return {
      data: shown.map((record) => presentEvent(record, resolveData)),
      cursor: continues ? encodeCursor(scope, [last.runId, last.seq, last.eventId]) : null,
      hasMore,
    };
  };

  return {
    async get(runId, eventId, params) {
      assertKeys({ runId, eventId });
      const resolveData = resolveDataOf(params);
      const record = isEventId(eventId) ? await findEvent(store, runId, eventId) : undefined;
      if (record === undefined) {
        throw worldError('EVENT_NOT_FOUND', `event ${eventId} of run ${runId} does not exist`, {
          details: { runId, eventId },
        });
      }
      return presentEvent(record, resolveData);
    },

    async list(params) {
      const { runId, pagination, resolveData } = parseArgument(ListOfRunParamsSchema, params, '');
      const { limit, order, cursor } = withDefaults(pagination, EVENTS_PAGE, 'asc');
      const query = { runId, correlationId: undefined, order };
      const page = await list(query, limit, cursor, resolveData ?? 'all');
      if (page.data.length === 0 && cursor === undefined) {
        throw worldError('RUN_NOT_FOUND', `run ${runId} does not exist`, { details: { runId } });
      }
      return page;
    },

    async listByCorrelationId(params) {
      const { runId, correlationId, pagination, resolveData } = parseArgument(
        ListByCorrelationIdParamsSchema,
        params,
        '',
      );
      const { limit, order, cursor } = withDefaults(pagination, EVENTS_PAGE, 'asc');
      return list({ runId, correlationId, order }, limit, cursor, resolveData ?? 'all');
    },
  };
}

const toPosition = (position: readonly (string | number)[]): Position => ({
  runId: String(position[0]),
  seq: Number(position[1]),
  eventId: String(position[2]),
});

/** Finds an event by its id: ids ascend with `seq`, so by bisection, without an index of ids. */
async function findEvent(
  store: Store,
  runId: string,
  eventId: string,
): Promise<EventRecord | undefined> {
  let low = 1;
  let high = (await store.readRun(runId))?.tail.seq ?? 0;
  while (low <= high) {
    const seq = Math.floor((low + high) / 2);
    const [event] = await store.readEventsAt([{ runId, seq }]);
    if (event === undefined) return undefined;
    if (event.eventId === eventId) return event;
    if (event.eventId < eventId) low = seq + 1;
    else high = seq - 1;
  }
  return undefined;
}
