import type {
  Append,
  Capabilities,
  CorrelationRange,
  EntityKind,
  EntityRange,
  EntityRecord,
  EventRange,
  EventRecord,
  Outcome,
  PruneRange,
  RunRange,
  RunRecord,
  Store,
  TokenOwner,
} from '@world/contract';
import type { Address } from './address.js';
import { Appends } from './appends.js';
import { Connection } from './connection.js';
import { IndexPages } from './index-pages.js';
import { IndexReads } from './index-reads.js';
import { Keys } from './keys.js';
import { LogReads } from './log-reads.js';
import { RedisMessages } from './redis-messages.js';
import { RedisStreams } from './redis-streams.js';
import { Removal } from './removal.js';
import { RunReads } from './run-reads.js';
import { Subscriptions } from './subscriptions.js';

export const CAPABILITIES: Capabilities = {
  durable: true,
  shared: true,
  queue: true,
  streams: true,
  push: true,
};

export interface RedisStoreOptions {
  readonly address: Address;
  readonly namespace: string;
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
  /** Runs and what spans them may be on different servers; as the address says when not given. */
  readonly isSpread?: boolean;
}

/** A store in Redis. The connection is opened by the first call, so that making a world does no I/O. */
export class RedisStore implements Store {
  readonly capabilities: Capabilities = CAPABILITIES;
  readonly messages: RedisMessages;
  readonly streams: RedisStreams;
  readonly #keys: Keys;
  readonly #connection: Connection;
  readonly #subscriptions: Subscriptions;
  readonly #appends: Appends;
  readonly #removal: Removal;
  readonly #runs: RunReads;
  readonly #log: LogReads;
  readonly #index: IndexReads;

  constructor({ address, namespace, timeoutMs, warn, ...options }: RedisStoreOptions) {
    const { isSpread = address.isCluster } = options;
    const keys = new Keys(namespace);
    const connection = new Connection({ address, keys, timeoutMs, warn });
    const pages = new IndexPages(connection, keys);
    this.#keys = keys;
    this.#connection = connection;
    const subscriptions = new Subscriptions({
      address,
      areSharded: () => connection.call(async (session) => session.publishCommand === 'SPUBLISH'),
    });
    const { place } = address;
    const messages = new RedisMessages({
      connection,
      keys,
      subscriptions,
      ...(place !== undefined && { place: JSON.stringify(['redis', place, namespace]) }),
    });
    const streams = new RedisStreams({ connection, keys, subscriptions, isSpread });
    this.#subscriptions = subscriptions;
    this.messages = messages;
    this.streams = streams;
    this.#appends = new Appends({ connection, keys, pages, isSpread, timeoutMs });
    this.#removal = new Removal({ connection, keys, pages, messages, streams });
    this.#runs = new RunReads(connection, keys);
    this.#log = new LogReads(connection, keys);
    this.#index = new IndexReads(pages, this.#runs, this.#log);
  }

  append(append: Append): Promise<Outcome> {
    return this.#appends.append(append);
  }

  readRun(runId: string): Promise<RunRecord | undefined> {
    return this.#runs.run(runId);
  }

  readEntity(kind: EntityKind, runId: string, id: string): Promise<EntityRecord | undefined> {
    return this.#runs.entity(kind, runId, id);
  }

  findEntity(
    kind: EntityKind,
    id: string,
    hiddenStatuses: readonly string[],
  ): Promise<EntityRecord | undefined> {
    return this.#index.find(kind, id, hiddenStatuses);
  }

  readTokenOwner(token: string): Promise<TokenOwner | undefined> {
    return this.#appends.tokenOwner(token);
  }

  readEvents(range: EventRange): Promise<readonly EventRecord[]> {
    return this.#log.range(range);
  }

  readEventsAt(
    positions: readonly { readonly runId: string; readonly seq: number }[],
  ): Promise<readonly EventRecord[]> {
    return this.#log.at(positions);
  }

  readCorrelatedEvents(range: CorrelationRange): Promise<readonly EventRecord[]> {
    return this.#index.correlatedEvents(range);
  }

  listRuns(range: RunRange): Promise<readonly RunRecord[]> {
    return this.#index.runs(range);
  }

  listEntities(range: EntityRange): Promise<readonly EntityRecord[]> {
    const { runId } = range;
    return runId === undefined
      ? this.#index.holders(range)
      : this.#runs.entities({ ...range, runId });
  }

  prune(range: PruneRange): Promise<readonly string[]> {
    return this.#removal.prune(range);
  }

  subscribe(runId: string, onChange: () => void): () => void {
    return this.#subscriptions.add(this.#keys.ofRun(runId).log, onChange);
  }

  deleteNamespace(): Promise<void> {
    return this.#removal.deleteNamespace();
  }

  async close(): Promise<void> {
    await Promise.all([this.#subscriptions.close(), this.#connection.close()]);
  }
}
