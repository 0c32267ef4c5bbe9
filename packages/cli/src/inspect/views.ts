import type { PaginatedResponse, PaginationOptions, RunStatus, World } from '@world/contract';
import type { Paint } from '../terminal/output.js';
import {
  type Column,
  EVENT_COLUMNS,
  HOOK_COLUMNS,
  RUN_COLUMNS,
  STEP_COLUMNS,
  WAIT_COLUMNS,
} from './columns.js';
import { renderTable } from './table.js';

/** What a list is asked for. */
export interface ListParams {
  readonly pagination: PaginationOptions;
  readonly status?: RunStatus | undefined;
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

/** What `world inspect` can list, by its name. Lists of a run are oldest first, runs newest first. */
export const LISTS: Readonly<Record<'runs' | 'events' | 'steps' | 'hooks' | 'waits', ListKind>> = {
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
};
