import {
  type Append,
  type Capabilities,
  type CorrelationRange,
  type EntityKind,
  type EntityRange,
  type EntityRecord,
  type EventRange,
  type EventRecord,
  evaluate,
  type MessageStore,
  type Outcome,
  type PruneRange,
  type RunRange,
  type RunRecord,
  type Store,
  type StreamStore,
  type TokenOwner,
} from '@world/contract';
import { CAPABILITIES } from './capabilities.js';
import { Messages } from './messages.js';
import { pageOf } from './page.js';
import type { Storage } from './storage.js';
import { Streams } from './streams.js';

/** What the contract asks of an adapter, on whatever storage there is. */
export class AdapterStore implements Store {
  readonly capabilities: Capabilities = CAPABILITIES;
  readonly messages: MessageStore;
  readonly streams: StreamStore;
  readonly #storage: Storage;
  readonly #release: () => Promise<void>;

  /** `release` is called by `close`: other worlds may share the storage. */
  constructor(storage: Storage, release: () => Promise<void>) {
    this.#storage = storage;
    this.#release = release;
    this.messages = new Messages(storage);
    this.streams = new Streams(storage);
  }

  async append(append: Append): Promise<Outcome> {
    return this.#storage.commit((records) => {
      const { outcome, writes } = evaluate(records, append, Date.now());
      return { answer: outcome, change: writes && { writes } };
    });
  }

  async readRun(runId: string): Promise<RunRecord | undefined> {
    return this.#storage.read((records) => records.run(runId));
  }

  async readEntity(kind: EntityKind, runId: string, id: string): Promise<EntityRecord | undefined> {
    return this.#storage.read((records) => records.entity(kind, runId, id));
  }

  async findEntity(
    kind: EntityKind,
    id: string,
    hiddenStatuses: readonly string[],
  ): Promise<EntityRecord | undefined> {
    return this.#storage.read((records) => {
      for (const runId of records.runs.keys()) {
        const entity = records.entity(kind, runId, id);
        if (entity !== undefined && !hiddenStatuses.includes(entity.state.status)) return entity;
      }
      return undefined;
    });
  }

  async readTokenOwner(token: string): Promise<TokenOwner | undefined> {
    return this.#storage.read((records) => records.tokenOwner(token));
  }

  async readEvents(range: EventRange): Promise<readonly EventRecord[]> {
    const { runId, correlationId, afterSeq, order, limit } = range;
    return this.#storage.read((records) => {
      const all = records.runs.get(runId)?.events ?? [];
      // `seq` is the position, so the page begins where it says.
      const beyond =
        order === 'asc'
          ? all.slice(afterSeq ?? 0)
          : all.slice(0, (afterSeq ?? all.length + 1) - 1).reverse();
      return beyond
        .filter((event) => correlationId === undefined || event.correlationId === correlationId)
        .slice(0, limit);
    });
  }

  async readEventsAt(
    positions: readonly { readonly runId: string; readonly seq: number }[],
  ): Promise<readonly EventRecord[]> {
    return this.#storage.read((records) =>
      positions.flatMap(({ runId, seq }) => records.events(runId, seq - 1, 1)),
    );
  }

  async readCorrelatedEvents(range: CorrelationRange): Promise<readonly EventRecord[]> {
    const { correlationId, after, order, limit } = range;
    return this.#storage.read((records) => {
      const found = [...records.runs.values()].flatMap(({ events }) =>
        events.filter((event) => event.correlationId === correlationId),
      );
      return pageOf(found, ({ runId, seq }) => [runId, seq], {
        after: after && [after.runId, after.seq],
        order,
        limit,
      });
    });
  }

  async listRuns(range: RunRange): Promise<readonly RunRecord[]> {
    const { status, workflowName, after, order, limit } = range;
    return this.#storage.read((records) => {
      const found = [...records.runs.values()]
        .map(({ record }) => record)
        .filter(({ state }) => status === undefined || state.status === status)
        .filter(({ state }) => workflowName === undefined || state.workflowName === workflowName);
      return pageOf(found, ({ state, runId }) => [Number(state.createdAt), runId], {
        after: after && [after.createdAt, after.runId],
        order,
        limit,
      });
    });
  }

  async listEntities(range: EntityRange): Promise<readonly EntityRecord[]> {
    const { kind, runId, hiddenStatuses, after, order, limit } = range;
    return this.#storage.read((records) => {
      const runs = runId === undefined ? records.runs.values() : [records.runs.get(runId)];
      const found = [...runs]
        .flatMap((run) => [...(run?.entities.values() ?? [])])
        .filter((one) => one.kind === kind && !hiddenStatuses.includes(one.state.status));
      // Those of one run are all of one creation time, for this order.
      const timeOf = (createdAt: unknown): number => (runId === undefined ? Number(createdAt) : 0);
      return pageOf(
        found,
        ({ state, ...one }) => [timeOf(state.createdAt), one.runId, Number(state.createdSeq)],
        {
          after: after && [timeOf(after.createdAt), after.runId, after.createdSeq],
          order,
          limit,
        },
      );
    });
  }

  async prune({ endedBefore, statuses, limit }: PruneRange): Promise<readonly string[]> {
    return this.#storage.commit((records) => {
      const ended = [...records.runs.values()]
        .map(({ record }) => record)
        .filter(({ state }) => statuses.includes(state.status))
        .filter(({ state }) => Number(state.completedAt) < endedBefore);
      const removed = pageOf(ended, ({ state, runId }) => [Number(state.completedAt), runId], {
        after: undefined,
        order: 'asc',
        limit,
      }).map(({ runId }) => runId);
      return { answer: removed, change: removed.length > 0 ? { removed } : undefined };
    });
  }

  subscribe(runId: string, onChange: () => void): () => void {
    return this.#storage.subscribe(runId, onChange);
  }

  async deleteNamespace(): Promise<void> {
    await this.#storage.clear();
  }

  async close(): Promise<void> {
    await this.#release();
  }
}
