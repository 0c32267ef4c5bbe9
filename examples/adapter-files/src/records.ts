import {
  type EntityKind,
  type EntityRecord,
  type EventRecord,
  type MessageRecord,
  ON_RUN_END,
  type RunRecord,
  type StreamWrite,
  type TokenOwner,
  type View,
  type Writes,
} from '@world/contract';

/** A run with all that belongs to it. */
export interface Run {
  record: RunRecord;
  readonly events: EventRecord[];
  readonly entities: Map<string, EntityRecord>;
  readonly keys: Map<string, { readonly firstSeq: number; readonly lastSeq: number }>;
}

export interface Stream {
  readonly runId: string;
  readonly chunks: Uint8Array[];
  ended: boolean;
  /** The number of each writer's last write. */
  readonly writers: Map<string, number>;
}

/** A message, and the token of the claim on it. */
export type Message = MessageRecord & { readonly token?: string };

/** What one commit changes. Plain data: it can be written down, and applied elsewhere. */
export interface Change {
  readonly writes?: Writes;
  readonly stream?: StreamWrite;
  /** Messages as they are now, new ones too. */
  readonly messages?: readonly Message[];
  /** Ids of messages that are done. */
  readonly settled?: readonly string[];
  readonly secret?: Uint8Array;
  /** Ids of runs that are removed. */
  readonly removed?: readonly string[];
}

/** What listeners to messages listen to; runs and streams go by their own id and name. */
export const MESSAGES = 'messages';

const entityKey = (kind: EntityKind, id: string): string => `${kind} ${id}`;

/** The records of one namespace. They are never changed in place, only replaced. */
export class Records implements View {
  readonly runs: Map<string, Run> = new Map();
  readonly tokens: Map<string, TokenOwner> = new Map();
  readonly streams: Map<string, Stream> = new Map();
  readonly messages: Map<string, Message> = new Map();
  secret: Uint8Array | undefined;

  run(runId: string): RunRecord | undefined {
    return this.runs.get(runId)?.record;
  }

  entity(kind: EntityKind, runId: string, id: string): EntityRecord | undefined {
    return this.runs.get(runId)?.entities.get(entityKey(kind, id));
  }

  tokenOwner(token: string): TokenOwner | undefined {
    return this.tokens.get(token);
  }

  keyed(runId: string, key: string): { firstSeq: number; lastSeq: number } | undefined {
    return this.runs.get(runId)?.keys.get(key);
  }

  events(runId: string, afterSeq: number, limit: number): readonly EventRecord[] {
    return this.runs.get(runId)?.events.slice(afterSeq, afterSeq + limit) ?? [];
  }

  /** Makes a change. Returns whose listeners should look: ids of runs, names of streams, `MESSAGES`. */
  apply(change: Change): ReadonlySet<string> {
    const { writes, stream, messages = [], settled = [], secret, removed = [] } = change;
    const touched = new Set<string>();
    if (writes !== undefined) touched.add(this.#append(writes));
    if (stream !== undefined) touched.add(this.#write(stream));
    for (const message of messages) this.messages.set(message.messageId, message);
    for (const messageId of settled) this.messages.delete(messageId);
    // What is claimed now is due to nobody; whatever else has become of a message may let the next one of its lane go.
    if (settled.length > 0 || messages.some(({ state }) => state !== 'claimed')) {
      touched.add(MESSAGES);
    }
    if (secret !== undefined) this.secret = secret;
    for (const runId of removed) for (const key of this.#remove(runId)) touched.add(key);
    return touched;
  }

  #append(writes: Writes): string {
    const { record, events, entities, keys } = this.#runOf(writes.run);
    const { runId } = record;
    events.push(...writes.events);
    for (const entity of writes.entities) entities.set(entityKey(entity.kind, entity.id), entity);
    for (const token of writes.releases) this.tokens.delete(token);
    for (const { token, hookId } of writes.claims) this.tokens.set(token, { runId, hookId });
    if (writes.endsRun) this.#end(entities);
    if (writes.key !== undefined) {
      const { key, firstSeq, lastSeq } = writes.key;
      keys.set(key, { firstSeq, lastSeq });
    }
    return runId;
  }

  #runOf(record: RunRecord): Run {
    const run = this.runs.get(record.runId) ?? {
      record,
      events: [],
      entities: new Map(),
      keys: new Map(),
    };
    run.record = record;
    this.runs.set(record.runId, run);
    return run;
  }

  /** The run has ended: closes what it leaves behind, as the contract says. */
  #end(entities: Map<string, EntityRecord>): void {
    for (const [key, entity] of entities) {
      const { kind, state, runId } = entity;
      const end = ON_RUN_END.find((one) => one.kind === kind && one.from === state.status);
      if (end === undefined) continue;
      entities.set(key, { ...entity, state: { ...state, status: end.to } });
      const token = String(state.token);
      if (this.tokens.get(token)?.runId === runId) this.tokens.delete(token);
    }
  }

  #write({ name, runId, chunks, end, writer }: StreamWrite): string {
    const stream: Stream = this.streams.get(name) ?? {
      runId,
      chunks: [],
      ended: false,
      writers: new Map(),
    };
    for (const chunk of chunks) stream.chunks.push(chunk);
    stream.ended ||= end;
    if (writer !== undefined) stream.writers.set(writer.id, writer.seq);
    this.streams.set(name, stream);
    return name;
  }

  #remove(runId: string): readonly string[] {
    this.runs.delete(runId);
    const names = [...this.streams].filter(([, stream]) => stream.runId === runId);
    for (const [name] of names) this.streams.delete(name);
    for (const [id, message] of this.messages)
      if (message.runId === runId) this.messages.delete(id);
    return [runId, MESSAGES, ...names.map(([name]) => name)];
  }
}
