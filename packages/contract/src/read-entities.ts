import type { z } from 'zod';
import { payloadSeqs } from './advance.js';
import type { ResolveData } from './create-event-params.js';
import type { Hook, Step, Wait, WorkflowRun } from './entities.js';
import { worldError } from './errors.js';
import {
  decodeCursor,
  encodeCursor,
  type ListScope,
  type PaginatedResponse,
  withDefaults,
} from './pagination.js';
import {
  ListHooksParamsSchema,
  ListOfRunParamsSchema,
  ListRunsParamsSchema,
} from './param-schemas.js';
import { parseArgument } from './parse.js';
import {
  isHidden,
  type PayloadSource,
  presentHook,
  presentRun,
  presentStep,
  presentWait,
} from './present.js';
import { assertKeys, resolveDataOf } from './read-params.js';
import type { EntityRecord, RunRecord, SortOrder, Store } from './store.js';
import { type EntityKind, HIDDEN_STATUSES } from './transitions.js';
import type { Hooks, ListHooksParams, Runs, Steps, Waits } from './world.js';

/** Reads of runs, steps, hooks and waits: checks, defaults, pages, payloads. */

const RUNS_PAGE = 20;
const ENTITIES_PAGE = 100;

/** Takes one more than a page holds, to know whether there are more. */
function page<R, T>(
  records: readonly R[],
  limit: number,
  present: (record: R) => T,
  cursorOf: (record: R) => string,
): PaginatedResponse<T> {
  const shown = records.slice(0, limit);
  const hasMore = records.length > limit;
  const last = shown.at(-1);
  return {
    data: shown.map(present),
    cursor: hasMore && last !== undefined ? cursorOf(last) : null,
    hasMore,
  };
}

interface EntityReads {
  readonly runs: Runs;
  readonly steps: Steps;
  readonly hooks: Hooks;
  readonly waits: Waits;
}

export function createEntityReads(store: Store): EntityReads {
  /** Reads the payloads of all records at once. */
  const payloadsOf = async (
    records: readonly (RunRecord | EntityRecord)[],
    resolveData: ResolveData,
  ): Promise<PayloadSource> => {
    if (resolveData === 'none') return () => undefined;
    const wanted = records.flatMap((one) =>
      payloadSeqs(one).map((seq) => ({ runId: one.runId, seq })),
    );
    const events = wanted.length === 0 ? [] : await store.readEventsAt(wanted);
    const byPosition = new Map(events.map((event) => [`${event.runId}\0${event.seq}`, event]));
    return (runId, seq) => byPosition.get(`${runId}\0${seq}`);
  };

  const listEntities = async <T>(options: {
    readonly kind: EntityKind;
    readonly params: unknown;
    readonly schema: z.ZodType<ListHooksParams>;
    readonly order: SortOrder;
    readonly present: (record: EntityRecord, source: PayloadSource) => T;
  }): Promise<PaginatedResponse<T>> => {
    const { kind, schema, params, present } = options;
    const { runId, pagination, resolveData } = parseArgument(schema, params, '');
    const { limit, order, cursor } = withDefaults(pagination, ENTITIES_PAGE, options.order);
    const scope: ListScope = [kind, runId, order];
    const after =
      cursor === undefined ? undefined : entityPosition(decodeCursor(scope, cursor, ENTITY_CURSOR));
    const records = await store.listEntities({
      kind,
      ...(runId !== undefined && { runId }),
      hiddenStatuses: HIDDEN_STATUSES[kind],
      ...(after && { after }),
      order,
      limit: limit + 1,
    });
    const source = await payloadsOf(records, resolveData ?? 'all');
    return page(
      records,
      limit,
      (record) => present(record, source),
      ({ runId: ofRunId, state }) =>
        encodeCursor(scope, [Number(state.createdAt), ofRunId, Number(state.createdSeq)]),
    );
  };

  const presentOne = async <T>(
    record: EntityRecord,
    resolveData: ResolveData,
    present: (record: EntityRecord, source: PayloadSource) => T,
  ): Promise<T> => present(record, await payloadsOf([record], resolveData));

  const shown = (record: EntityRecord | undefined): EntityRecord | undefined =>
    record === undefined || isHidden(record) ? undefined : record;

  const runs = {
    async get(id: string, params?: unknown): Promise<WorkflowRun> {
      assertKeys({ runId: id });
      const resolveData = resolveDataOf(params);
      const record = await store.readRun(id);
      if (record === undefined) {
        throw worldError('RUN_NOT_FOUND', `run ${id} does not exist`, { details: { runId: id } });
      }
      return presentRun(record, await payloadsOf([record], resolveData));
    },
    async list(params?: unknown): Promise<PaginatedResponse<WorkflowRun>> {
      const { workflowName, status, pagination, resolveData } = parseArgument(
        ListRunsParamsSchema,
        params ?? {},
        '',
      );
      const { limit, order, cursor } = withDefaults(pagination, RUNS_PAGE, 'desc');
      const scope: ListScope = ['runs', status, workflowName, order];
      const [createdAt, runId] =
        cursor === undefined ? [] : decodeCursor(scope, cursor, ['number', 'string']);
      const records = await store.listRuns({
        ...(status !== undefined && { status }),
        ...(workflowName !== undefined && { workflowName }),
        ...(runId !== undefined && {
          after: { createdAt: Number(createdAt), runId: String(runId) },
        }),
        order,
        limit: limit + 1,
      });
      const source = await payloadsOf(records, resolveData ?? 'all');
      return page(
        records,
        limit,
        (record) => presentRun(record, source),
        ({ runId: id, state }) => encodeCursor(scope, [Number(state.createdAt), id]),
      );
    },
  };

  const steps = {
    async get(runId: string | undefined, stepId: string, params?: unknown): Promise<Step> {
      assertKeys(runId === undefined ? { stepId } : { runId, stepId });
      const resolveData = resolveDataOf(params);
      const record =
        runId === undefined
          ? await store.findEntity('step', stepId, HIDDEN_STATUSES.step)
          : await store.readEntity('step', runId, stepId);
      if (record === undefined) throw notFound('STEP_NOT_FOUND', 'step', stepId, runId);
      return presentOne(record, resolveData, presentStep);
    },
    list: (params: unknown): Promise<PaginatedResponse<Step>> =>
      listEntities({
        kind: 'step',
        params,
        schema: ListOfRunParamsSchema,
        order: 'desc',
        present: presentStep,
      }),
  };

  const hooks: Hooks = {
    async get(hookId, params) {
      assertKeys({ hookId });
      const resolveData = resolveDataOf(params);
      const record = await store.findEntity('hook', hookId, HIDDEN_STATUSES.hook);
      if (record === undefined) throw notFound('HOOK_NOT_FOUND', 'hook', hookId);
      return presentOne(record, resolveData, presentHook);
    },
    async getByToken(token, params) {
      assertKeys({ token });
      const resolveData = resolveDataOf(params);
      let owner = await store.readTokenOwner(token);
      while (owner !== undefined) {
        const record = shown(await store.readEntity('hook', owner.runId, owner.hookId));
        if (record !== undefined) return presentOne(record, resolveData, presentHook);
        // Handed over between the two reads, to a hook that owns it without a gap.
        const next = await store.readTokenOwner(token);
        const same = next?.runId === owner.runId && next.hookId === owner.hookId;
        owner = same ? undefined : next;
      }
      throw worldError('HOOK_NOT_FOUND', 'no live hook has this token', { details: { token } });
    },
    list: (params): Promise<PaginatedResponse<Hook>> =>
      listEntities({
        kind: 'hook',
        params,
        schema: ListHooksParamsSchema,
        order: 'asc',
        present: presentHook,
      }),
  };

  const waits: Waits = {
    async get(runId, waitId) {
      assertKeys({ runId, waitId });
      const record = shown(await store.readEntity('wait', runId, waitId));
      if (record === undefined) throw notFound('WAIT_NOT_FOUND', 'wait', waitId, runId);
      return presentWait(record);
    },
    list: (params): Promise<PaginatedResponse<Wait>> =>
      listEntities({
        kind: 'wait',
        params,
        schema: ListOfRunParamsSchema,
        order: 'asc',
        present: presentWait,
      }),
  };

  // Overloads by `resolveData` differ only in which payloads are undefined.
  return { runs: runs as Runs, steps: steps as Steps, hooks, waits };
}

const ENTITY_CURSOR = ['number', 'string', 'number'] as const;

const entityPosition = (
  position: readonly (string | number)[],
): { createdAt: number; runId: string; createdSeq: number } => ({
  createdAt: Number(position[0]),
  runId: String(position[1]),
  createdSeq: Number(position[2]),
});

const notFound = (
  code: 'STEP_NOT_FOUND' | 'HOOK_NOT_FOUND' | 'WAIT_NOT_FOUND',
  kind: EntityKind,
  id: string,
  runId?: string,
) =>
  worldError(code, `${kind} ${id}${runId === undefined ? '' : ` of run ${runId}`} does not exist`, {
    details: { runId, [`${kind}Id`]: id, ...(kind === 'hook' && { token: id }) },
  });
