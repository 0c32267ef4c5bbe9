import {
  type EntityRecord,
  type EventRecord,
  Listeners,
  ON_RUN_END,
  type RunRecord,
  type TokenOwner,
  type Writes,
} from '@world/contract';
import { MemoryMessages } from './memory-messages.js';
import { MemoryStreams } from './memory-streams.js';
import { RunOrder, type RunPosition } from './run-order.js';

/** Everything about one run. Records are never changed in place, only replaced. */
export interface RunState {
  record: RunRecord;
  readonly events: EventRecord[];
  readonly entities: Map<string, EntityRecord>;
  readonly keys: Map<string, { readonly firstSeq: number; readonly lastSeq: number }>;
}

export const entityKey = (kind: string, id: string): string => `${kind}\0${id}`;

const positionOf = ({ runId, state }: RunRecord): RunPosition => ({
  runId,
  createdAt: Number(state.createdAt),
});

/** The data of one namespace, shared by all instances that open it in this process. */
export class MemoryState {
  readonly runs: Map<string, RunState> = new Map();
  readonly runOrder: RunOrder = new RunOrder();
  readonly tokens: Map<string, TokenOwner> = new Map();
  /** Runs in which a correlation id occurs. */
  readonly correlated: Map<string, Set<string>> = new Map();
  readonly listeners: Listeners = new Listeners();
  readonly messages: MemoryMessages;
  readonly streams: MemoryStreams = new MemoryStreams();

  /** `clock` gives epoch ms; `place` names the data. */
  constructor(clock: () => number = Date.now, place?: string) {
    this.messages = new MemoryMessages(clock, place);
  }

  /** Applies what an append decided. Synchronous, and nothing in it can fail. */
  apply(writes: Writes): void {
    const { runId } = writes.run;
    const run = this.runs.get(runId) ?? this.#addRun(writes.run);
    run.record = writes.run;
    for (const event of writes.events) {
      run.events.push(event);
      if (event.correlationId !== undefined) this.#correlate(event.correlationId, runId);
    }
    for (const entity of writes.entities) {
      run.entities.set(entityKey(entity.kind, entity.id), entity);
    }
    for (const token of writes.releases) this.tokens.delete(token);
    for (const { token, hookId } of writes.claims) this.tokens.set(token, { runId, hookId });
    if (writes.endsRun) this.#endRun(run);
    if (writes.key !== undefined) run.keys.set(writes.key.key, writes.key);
  }

  remove(runId: string): void {
    const run = this.runs.get(runId);
    if (run === undefined) return;
    for (const { correlationId } of run.events) {
      if (correlationId === undefined) continue;
      const runs = this.correlated.get(correlationId);
      runs?.delete(runId);
      if (runs?.size === 0) this.correlated.delete(correlationId);
    }
    this.runs.delete(runId);
    this.runOrder.remove(positionOf(run.record));
    this.streams.removeOf(runId);
  }

  clear(): void {
    this.runs.clear();
    this.runOrder.clear();
    this.tokens.clear();
    this.correlated.clear();
    this.messages.clear();
    this.streams.clear();
  }

  #addRun(record: RunRecord): RunState {
    const run: RunState = { record, events: [], entities: new Map(), keys: new Map() };
    this.runs.set(record.runId, run);
    this.runOrder.add(positionOf(record));
    return run;
  }

  #correlate(correlationId: string, runId: string): void {
    const runs = this.correlated.get(correlationId) ?? new Set();
    runs.add(runId);
    this.correlated.set(correlationId, runs);
  }

  #endRun(run: RunState): void {
    for (const [key, entity] of run.entities) {
      const end = ON_RUN_END.find(
        ({ kind, from }) => kind === entity.kind && from === entity.state.status,
      );
      if (end === undefined) continue;
      run.entities.set(key, { ...entity, state: { ...entity.state, status: end.to } });
      const token = entity.state.token;
      if (typeof token !== 'string') continue;
      if (this.tokens.get(token)?.runId === entity.runId) this.tokens.delete(token);
    }
  }
}
