import {
  contentOf,
  MAX_PAGE_SIZE,
  type MessageRecord,
  type MessageState,
  type PaginatedResponse,
  type PaginationOptions,
  type RunStatus,
  type World,
} from '@world/contract';
import type { Paint } from '../terminal/output.js';
import {
  type Column,
  EVENT_COLUMNS,
  HOOK_COLUMNS,
  MESSAGE_COLUMNS,
  RUN_COLUMNS,
  type ShownMessage,
  STEP_COLUMNS,
  WAIT_COLUMNS,
} from './columns.js';
import { renderTable } from './table.js';

/** What a list is asked for. */
export interface ListParams {
  readonly pagination: PaginationOptions;
  readonly status?: RunStatus | undefined;
  readonly state?: MessageState | undefined;
  readonly workflowName?: string | undefined;
  /** Without payloads where a table shows none. */
  readonly withData: boolean;
}

/** One page of a list, ready to be shown. */
export interface View {
  readonly items: readonly unknown[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
  table(paint: Paint): string;
}

function viewOf<T>(columns: readonly Column<T>[], page: PaginatedResponse<T>): View {
  const { data, cursor, hasMore } = page;
  return {
    items: data,
    cursor: hasMore && cursor !== null ? cursor : undefined,
    table: (paint) => renderTable(columns, data, paint),
  };
}

type ReadView = (world: World, params: ListParams, id: string | undefined) => Promise<View>;

/** Lists of a run take its id. */
interface ListKind {
  readonly id: 'none' | 'optional' | 'required';
  readonly read: ReadView;
}

const ofRun = (id: string | undefined): string => id ?? '';

type ListName = 'runs' | 'events' | 'steps' | 'hooks' | 'waits' | 'queue';

/** What `world inspect` can list, by its name. Lists of a run are oldest first, runs newest first. */
export const LISTS: Readonly<Record<ListName, ListKind>> = {
  runs: {
    id: 'none',
    read: async (world, { pagination, status, workflowName, withData }) =>
      viewOf(
        RUN_COLUMNS,
        await world.runs.list({
          pagination,
          status,
          workflowName,
          resolveData: withData ? 'all' : 'none',
        }),
      ),
  },
  events: {
    id: 'required',
    read: async (world, { pagination }, id) =>
      viewOf(EVENT_COLUMNS, await world.events.list({ runId: ofRun(id), pagination })),
  },
  steps: {
    id: 'required',
    read: async (world, { pagination }, id) =>
      viewOf(
        STEP_COLUMNS,
        await world.steps.list({
          runId: ofRun(id),
          pagination: { ...pagination, sortOrder: 'asc' },
        }),
      ),
  },
  hooks: {
    id: 'optional',
    read: async (world, { pagination }, runId) =>
      viewOf(HOOK_COLUMNS, await world.hooks.list({ runId, pagination })),
  },
  waits: {
    id: 'required',
    read: async (world, { pagination }, id) =>
      viewOf(WAIT_COLUMNS, await world.waits.list({ runId: ofRun(id), pagination })),
  },
  queue: {
    id: 'optional',
    read: async (world, { pagination, state }, runId) => {
      const { limit = DEFAULT_MESSAGES, cursor: after } = pagination;
      // One more than is shown tells whether there are more.
      const records = await world.messages.list({
        limit: Math.min(limit + 1, MAX_PAGE_SIZE),
        ...(state && { state }),
        ...(runId && { runId }),
        ...(after && { after }),
      });
      const data = records.slice(0, limit).map(openMessage);
      const hasMore = records.length > limit || records.length === MAX_PAGE_SIZE;
      return viewOf(MESSAGE_COLUMNS, { data, hasMore, cursor: data.at(-1)?.messageId ?? null });
    },
  },
};

const DEFAULT_MESSAGES = 100;

/** A message, and what it says. */
function openMessage({ data, dueAt, ...record }: MessageRecord): ShownMessage {
  return { ...record, dueAt: new Date(dueAt), ...contentOf(data) };
}
