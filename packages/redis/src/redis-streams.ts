import type {
  StreamOutcome,
  StreamRange,
  StreamSlice,
  StreamState,
  StreamStore,
  StreamWrite,
} from '@world/contract';
import type { Connection } from './connection.js';
import type { Keys } from './keys.js';
import type { Subscriptions } from './subscriptions.js';

/**
 * The streams of a namespace, each in a slot of its own; every write and every read is one script. Their runs, in other slots, list
 * their names: a name is there before its stream is, and what it names may not be, or belong to another run.
 */
export class RedisStreams implements StreamStore {
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #subscriptions: Subscriptions;
  readonly #isSpread: boolean;

  constructor(parts: {
    readonly connection: Connection;
    readonly keys: Keys;
    readonly subscriptions: Subscriptions;
    /** Streams and their runs may be on different servers. */
    readonly isSpread: boolean;
  }) {
    this.#connection = parts.connection;
    this.#keys = parts.keys;
    this.#subscriptions = parts.subscriptions;
    this.#isSpread = parts.isSpread;
  }

  /** A numbered write is safe to repeat, and so is an end; another one is sent once. */
  async write(write: StreamWrite): Promise<StreamOutcome> {
    const outcome = await this.#write(write, false);
    if (outcome !== 'unnamed') return outcome;
    await this.#addName(write);
    const second = await this.#write(write, true);
    if (second === 'unnamed') throw new Error('a stream was not made');
    // The run may have been removed between the two, with its names. The write is made, whatever becomes of this.
    await this.#addName(write).catch(() => {});
    return second;
  }

  async read({ name, from, limit, maxBytes }: StreamRange): Promise<StreamSlice> {
    const { meta, chunks, sizes } = this.#keys.ofStream(name);
    const [length, ended, found] = (await this.#connection.call((session) =>
      session.run('streamRead', [meta, chunks, sizes], [from, limit, maxBytes]),
    )) as readonly [number, number, readonly Buffer[]];
    // Copied: the client's buffers are slices of what came in.
    return { length, ended: ended === 1, chunks: found.map((chunk) => new Uint8Array(chunk)) };
  }

  async state(name: string): Promise<StreamState> {
    const { meta } = this.#keys.ofStream(name);
    const [length, ended] = await this.#connection.call(({ client }) =>
      client.hmget(meta, 'length', 'ended'),
    );
    return { length: Number(length ?? 0), ended: typeof ended === 'string' };
  }

  async namesOf(runId: string): Promise<readonly string[]> {
    const { streams } = this.#keys.ofRun(runId);
    const names = await this.#connection.call(({ client }) => client.smembers(streams));
    const owners = await Promise.all(
      names.map((name) =>
        this.#connection.call(({ client }) => client.hget(this.#keys.ofStream(name).meta, 'run')),
      ),
    );
    return names.filter((_, i) => owners[i] === runId);
  }

  subscribe(name: string, onChange: () => void): () => void {
    return this.#subscriptions.add(this.#keys.ofStream(name).chunks, onChange);
  }

  /** Removes what a run has left that is gone: streams of these names, as far as they are its own. */
  async removeLost(runId: string, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const removals = names.map((name) => {
      const { meta, chunks, sizes } = this.#keys.ofStream(name);
      return this.#connection.call((session) =>
        session.run('streamRemove', [meta, chunks, sizes], [runId, session.publishCommand]),
      );
    });
    await Promise.all(removals);
    const { lostStreams } = this.#keys.ofRun(runId);
    await this.#connection.call(({ client }) => client.srem(lostStreams, [...names]));
  }

  #write(write: StreamWrite, isNamed: boolean): Promise<StreamOutcome | 'unnamed'> {
    const { name, runId, chunks, end, writer } = write;
    const keys = this.#keys.ofStream(name);
    const ofRun = this.#isSpread ? [] : [this.#keys.ofRun(runId).streams];
    const repeatable = writer !== undefined || chunks.length === 0;
    return this.#connection.call(async (session) => {
      await this.#connection.mark(session);
      const outcome = await session.run(
        'streamWrite',
        [keys.meta, keys.chunks, keys.sizes, ...ofRun],
        [
          runId,
          name,
          isNamed ? 1 : 0,
          end ? 1 : 0,
          writer?.id ?? '',
          writer?.seq ?? 0,
          session.publishCommand,
          ...chunks.map((chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)),
        ],
      );
      return String(outcome) as StreamOutcome | 'unnamed';
    }, repeatable);
  }

  async #addName({ runId, name }: StreamWrite): Promise<void> {
    const { streams } = this.#keys.ofRun(runId);
    await this.#connection.call(({ client }) => client.sadd(streams, name));
  }
}
