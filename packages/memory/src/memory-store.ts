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
  type View,
} from '@world/contract';
import { entityKey, type MemoryState, type RunState } from './memory-state.js';

export interface MemoryStoreOptions {
  readonly state: MemoryState;
  /** Epoch ms; `Date.now` when not given. */
  readonly clock?: () => number;
  /** The evaluator; the contract's when not given. */
  readonly decide?: typeof evaluate;
  /** Called once, by `close`. */
  readonly onClose?: () => void;
}

/** The reference store: maps and arrays, and a commit that is one synchronous call. */
export class MemoryStore implements Store, View {
  readonly capabilities: Capabilities = {
    durable: false,
    shared: false,
    queue: true,
    streams: true,
    push: true,
  };
  readonly messages: MessageStore;
  readonly streams: StreamStore;
  readonly #state: MemoryState;
  readonly #clock: () => number;
  readonly #decide: typeof evaluate;
  readonly #onClose: () => void;

  constructor(options: MemoryStoreOptions) {
    const { state, clock = Date.now, decide = evaluate, onClose = () => {} } = options;
    this.#state = state;
    this.messages = state.messages;
    this.streams = state.streams;
    this.#clock = clock;
    this.#decide = decide;
    this.#onClose = onClose;
  }

  async append(append: Append): Promise<Outcome> {
    const { outcome, writes } = this.#decide(this, append, this.#clock());
    if (writes !== undefined) {
      this.#state.apply(writes);
      this.#state.listeners.notify(append.runId);
    }
    return outcome;
  }

  // ---- the view of a commit

  run(runId: string): RunRecord | undefined {
    return this.#state.runs.get(runId)?.record;
  }

  entity(kind: EntityKind, runId: string, id: string): EntityRecord | undefined {
    return this.#state.runs.get(runId)?.entities.get(entityKey(kind, id));
  }

  tokenOwner(token: string): TokenOwner | undefined {
    return this.#state.tokens.get(token);
  }

  keyed(runId: string, key: string): { firstSeq: number; lastSeq: number } | undefined {
    const keyed = this.#state.runs.get(runId)?.keys.get(key);
    return keyed && { firstSeq: keyed.firstSeq, lastSeq: keyed.lastSeq };
  }

  events(runId: string, afterSeq: number, limit: number): readonly EventRecord[] {
    return this.#state.runs.get(runId)?.events.slice(afterSeq, afterSeq + limit) ?? [];
  }

  // ---- reads

  async readRun(runId: string): Promise<RunRecord | undefined> {
    return this.run(runId);
  }

  async readEntity(kind: EntityKind, runId: string, id: string): Promise<EntityRecord | undefined> {
    return this.entity(kind, runId, id);
  }

  async findEntity(
    kind: EntityKind,
    id: string,
    hiddenStatuses: readonly string[],
  ): Promise<EntityRecord | undefined> {
    for (const runId of this.#state.correlated.get(id) ?? []) {
      const entity = this.entity(kind, runId, id);
      if (entity !== undefined && !hiddenStatuses.includes(entity.state.status)) return entity;
    }
    return undefined;
  }

  async readTokenOwner(token: string): Promise<TokenOwner | undefined> {
    return this.tokenOwner(token);
  }

  async readEvents({
    runId,
    correlationId,
    afterSeq,
    order,
    limit,
  }: EventRange): Promise<readonly EventRecord[]> {
    const all = this.#state.runs.get(runId)?.events ?? [];
    const [from, to] =
      order === 'asc' ? [afterSeq ?? 0, all.length] : [0, (afterSeq ?? Infinity) - 1];
    if (correlationId === undefined) {
      // Only the page: a log may be long.
      return order === 'asc'
        ? all.slice(from, from + limit)
        : all.slice(Math.max(0, Math.min(to, all.length) - limit), Math.max(0, to)).reverse();
    }
    const found = all.slice(from, to).filter((event) => event.correlationId === correlationId);
    return order === 'asc' ? found.slice(0, limit) : found.slice(-limit).reverse();
  }

  async readEventsAt(
    positions: readonly { readonly runId: string; readonly seq: number }[],
  ): Promise<readonly EventRecord[]> {
    return positions.flatMap(
      ({ runId, seq }) => this.#state.runs.get(runId)?.events[seq - 1] ?? [],
    );
  }

  async readCorrelatedEvents({
    correlationId,
    after,
    order,
    limit,
  }: CorrelationRange): Promise<readonly EventRecord[]> {
    const events = [...(this.#state.correlated.get(correlationId) ?? [])]
      .flatMap((runId) => this.#state.runs.get(runId)?.events ?? [])
      .filter((event) => event.correlationId === correlationId);
    return slice(events, (event) => [event.runId, event.seq], {
      after: after && [after.runId, after.seq],
      order,
      limit,
    });
  }

  async listRuns({
    status,
    workflowName,
    after,
    order,
    limit,
  }: RunRange): Promise<readonly RunRecord[]> {
    const found: RunRecord[] = [];
    for (const runId of this.#state.runOrder.from(after, order)) {
      if (found.length === limit) break;
      const record = this.run(runId);
      if (record === undefined) continue;
      if (status !== undefined && record.state.status !== status) continue;
      if (workflowName !== undefined && record.state.workflowName !== workflowName) continue;
      found.push(record);
    }
    return found;
  }

  async listEntities({
    kind,
    runId,
    hiddenStatuses,
    after,
    order,
    limit,
  }: EntityRange): Promise<readonly EntityRecord[]> {
    const runs: (RunState | undefined)[] =
      runId === undefined ? [...this.#state.runs.values()] : [this.#state.runs.get(runId)];
    const entities = runs
      .flatMap((run) => [...(run?.entities.values() ?? [])])
      .filter((one) => one.kind === kind && !hiddenStatuses.includes(one.state.status));
    const position = (one: EntityRecord): Key =>
      runId === undefined
        ? [Number(one.state.createdAt), one.runId, Number(one.state.createdSeq)]
        : [Number(one.state.createdSeq)];
    const from = after && [after.createdAt, after.runId, after.createdSeq];
    return slice(entities, position, {
      after: runId === undefined ? from : from?.slice(2),
      order,
      limit,
    });
  }

  async prune({ endedBefore, statuses, limit }: PruneRange): Promise<readonly string[]> {
    const ended = [...this.#state.runs.values()]
      .map(({ record }) => record)
      .filter(({ state }) => statuses.includes(state.status))
      .filter(({ state }) => Number(state.completedAt) < endedBefore);
    const runIds = slice(ended, ({ state, runId }) => [Number(state.completedAt), runId], {
      after: undefined,
      order: 'asc',
      limit,
    }).map(({ runId }) => runId);
    for (const runId of runIds) this.#state.remove(runId);
    this.#state.messages.removeRuns(runIds);
    for (const runId of runIds) this.#state.listeners.notify(runId);
    return runIds;
  }

  subscribe(runId: string, onChange: () => void): () => void {
    return this.#state.listeners.add(runId, onChange);
  }

  async deleteNamespace(): Promise<void> {
    this.#state.clear();
  }

  async close(): Promise<void> {
    this.#onClose();
  }
}

type Key = readonly (string | number)[];

function compare(a: Key, b: Key): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right === undefined || left === right) continue;
    return left < right ? -1 : 1;
  }
  return 0;
}

/** Sorts by key, and takes `limit` items beyond `after`. */
function slice<T>(
  items: readonly T[],
  keyOf: (item: T) => Key,
  range: {
    readonly after: Key | undefined;
    readonly order: 'asc' | 'desc';
    readonly limit: number;
  },
): readonly T[] {
  const { after, order, limit } = range;
  const sign = order === 'asc' ? 1 : -1;
  return items
    .filter((item) => after === undefined || sign * compare(keyOf(item), after) > 0)
    .sort((a, b) => sign * compare(keyOf(a), keyOf(b)))
    .slice(0, limit);
}
