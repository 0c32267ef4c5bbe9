import {
  type Append,
  type Capabilities,
  type CorrelationRange,
  type EntityKind,
  type EntityRange,
  type EntityRecord,
  type EventRange,
  type EventRecord,
  Listeners,
  type MessageStore,
  type Outcome,
  type PruneRange,
  type RunRange,
  type RunRecord,
  type Store,
  type StreamStore,
  type TokenOwner,
  worldError,
} from '@world/contract';
import { Connection, type ConnectionOptions } from './connection.js';
import { mapDriverError } from './driver-errors.js';
import { sqliteMessages } from './sqlite-messages.js';
import { SqliteStreams } from './sqlite-streams.js';

export const CAPABILITIES: Capabilities = {
  durable: true,
  shared: true,
  queue: true,
  streams: true,
  push: false,
};

/** A store in one file. The file is opened by the first call, so that making a world does no I/O. */
export class SqliteStore implements Store {
  readonly capabilities: Capabilities;
  readonly messages: MessageStore;
  readonly streams: StreamStore = new SqliteStreams((work) => this.#use(work));
  readonly #options: ConnectionOptions;
  readonly #listeners = new Listeners();
  #connection: Connection | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { path, namespace } = options;
    const place = JSON.stringify(['sqlite', path, namespace]);
    this.messages = sqliteMessages((work) => this.#use(work), place);
    this.capabilities = { ...CAPABILITIES, durable: options.durability === 'full' };
  }

  async #use<T>(work: (connection: Connection) => T | Promise<T>): Promise<T> {
    if (this.#closed) throw worldError('WORLD_CLOSED', 'the world was closed');
    try {
      this.#connection ??= new Connection(this.#options);
      return await work(this.#connection);
    } catch (error) {
      throw mapDriverError(error, this.#options.path);
    }
  }

  async append(append: Append): Promise<Outcome> {
    const outcome = await this.#use((connection) => connection.append(append));
    if (outcome.kind === 'committed') this.#listeners.notify(append.runId);
    return outcome;
  }

  readRun(runId: string): Promise<RunRecord | undefined> {
    return this.#use(({ view }) => view.run(runId));
  }

  readEntity(kind: EntityKind, runId: string, id: string): Promise<EntityRecord | undefined> {
    return this.#use(({ view }) => view.entity(kind, runId, id));
  }

  findEntity(
    kind: EntityKind,
    id: string,
    hiddenStatuses: readonly string[],
  ): Promise<EntityRecord | undefined> {
    return this.#use(({ reads }) => reads.findEntity(kind, id, hiddenStatuses));
  }

  readTokenOwner(token: string): Promise<TokenOwner | undefined> {
    return this.#use(({ view }) => view.tokenOwner(token));
  }

  readEvents(range: EventRange): Promise<readonly EventRecord[]> {
    return this.#use(({ reads }) => reads.events(range));
  }

  readEventsAt(
    positions: readonly { readonly runId: string; readonly seq: number }[],
  ): Promise<readonly EventRecord[]> {
    return this.#use(({ reads }) => reads.eventsAt(positions));
  }

  readCorrelatedEvents(range: CorrelationRange): Promise<readonly EventRecord[]> {
    return this.#use(({ reads }) => reads.correlatedEvents(range));
  }

  listRuns(range: RunRange): Promise<readonly RunRecord[]> {
    return this.#use(({ reads }) => reads.runs(range));
  }

  listEntities(range: EntityRange): Promise<readonly EntityRecord[]> {
    return this.#use(({ reads }) =>
      range.runId === undefined ? reads.entitiesWithToken(range) : reads.entitiesOfRun(range),
    );
  }

  prune(range: PruneRange): Promise<readonly string[]> {
    return this.#use((connection) => connection.prune(range));
  }

  subscribe(runId: string, onChange: () => void): () => void {
    return this.#listeners.add(runId, onChange);
  }

  deleteNamespace(): Promise<void> {
    return this.#use((connection) => connection.deleteNamespace());
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection?.close();
  }
}
