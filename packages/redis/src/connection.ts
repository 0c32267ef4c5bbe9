import { setTimeout as sleep } from 'node:timers/promises';
import { worldError } from '@world/contract';
import type { Address, Client } from './address.js';
import { mapDriverError, repetitionOf } from './driver-errors.js';
import type { Keys } from './keys.js';
import { openClient } from './open-client.js';
import { scripts } from './scripts.generated.js';
import { checkServer } from './server-check.js';

type ScriptName = keyof typeof scripts;

/** A script as a method of a client, by the name that it was defined with. */
type ScriptMethod = (
  numberOfKeys: number,
  args: readonly (string | Buffer | number)[],
) => Promise<unknown>;

const methodOf = (name: ScriptName): string => `world_${name}`;

/** An open connection that was checked. */
export class Session {
  readonly client: Client;
  /** The command that tells of new events. */
  readonly publishCommand: 'PUBLISH' | 'SPUBLISH';

  constructor(client: Client, publishCommand: 'PUBLISH' | 'SPUBLISH') {
    this.client = client;
    this.publishCommand = publishCommand;
    for (const [name, lua] of Object.entries(scripts)) {
      client.defineCommand(methodOf(name as ScriptName), { lua });
    }
  }

  /** Runs a script; strings of the reply are bytes. */
  run(
    name: ScriptName,
    keys: readonly string[],
    args: readonly (string | Buffer | number)[],
  ): Promise<unknown> {
    const methods = this.client as unknown as Readonly<Record<string, ScriptMethod>>;
    const method = methods[`${methodOf(name)}Buffer`];
    if (method === undefined) throw new Error(`there is no script ${name}`);
    // One array: there may be more of them than a call may have arguments.
    return method.call(this.client, keys.length, [...keys, ...args]);
  }
}

export interface ConnectionOptions {
  readonly address: Address;
  readonly keys: Keys;
  /** How long a call may take, with waiting for a server that comes back, ms. */
  readonly timeoutMs: number;
  /** Gets a line about a server that may lose data. */
  readonly warn: (message: string) => void;
}

/** Version of the layout of keys and values that this package reads and writes. */
const LAYOUT_VERSION = 1;

/** A client that has ended would wait for its end, and keep the process alive meanwhile. */
function disconnect(client: Client): void {
  if (client.status !== 'end') client.disconnect();
}

const BACKOFF_MS = { first: 20, max: 1000 } as const;

/** Keeps one connection, opened by the first call and again when it was lost. */
export class Connection {
  readonly #options: ConnectionOptions;
  #session: Promise<Session> | undefined;
  #wasOpen = false;
  #marked = false;
  #closed = false;
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * Runs a call. It is made again when the server has refused it for the moment, and when its answer was lost and
   * `repeatable` says that twice is as good as once.
   */
  call<T>(work: (session: Session) => Promise<T>, repeatable = true): Promise<T> {
    const call = this.#call(work, repeatable);
    const settled = call.catch(() => {}).finally(() => this.#running.delete(settled));
    this.#running.add(settled);
    return call;
  }

  async #call<T>(work: (session: Session) => Promise<T>, repeatable: boolean): Promise<T> {
    const deadline = performance.now() + this.#options.timeoutMs;
    for (
      let delayMs: number = BACKOFF_MS.first;
      ;
      delayMs = Math.min(2 * delayMs, BACKOFF_MS.max)
    ) {
      let session: Session | undefined;
      try {
        session = await this.#open();
        return await work(session);
      } catch (error) {
        const repetition = repetitionOf(error);
        const wasSent = session !== undefined;
        if (wasSent && (repetition === 'lost' || repetition === 'moved')) this.#drop(session);
        const may = repetition === 'lost' ? repeatable || !wasSent : repetition !== 'no';
        // A server that has never answered is told at once.
        const leftMs = deadline - performance.now();
        if (!may || !this.#wasOpen || this.#closed || leftMs < BACKOFF_MS.first) {
          throw mapDriverError(error, this.#options.address.label);
        }
        await sleep(Math.min(delayMs, leftMs));
      }
    }
  }

  /** Marks the namespace with the version of its layout, before its first write by this world. */
  async mark(session: Session): Promise<void> {
    if (this.#marked) return;
    await session.client.set(this.#options.keys.version, LAYOUT_VERSION, 'NX');
    this.#marked = true;
  }

  /** The namespace was removed, and its mark with it. */
  forgetMark(): void {
    this.#marked = false;
  }

  async #open(): Promise<Session> {
    if (this.#closed) throw worldError('WORLD_CLOSED', 'the world was closed');
    this.#session ??= this.#connect();
    const session = this.#session;
    return session.catch((error: unknown) => {
      if (this.#session === session) this.#session = undefined;
      throw error;
    });
  }

  async #connect(): Promise<Session> {
    const { address, timeoutMs } = this.#options;
    const client = address.createClient(timeoutMs);
    client.on('error', () => {});
    try {
      await openClient(client, timeoutMs);
      const session = new Session(client, await this.#check(client));
      this.#wasOpen = true;
      client.once('end', () => this.#drop(session));
      return session;
    } catch (error) {
      disconnect(client);
      throw error;
    }
  }

  async #check(client: Client): Promise<Session['publishCommand']> {
    const { address, keys, warn } = this.#options;
    const { label, isCluster } = address;
    const servers = 'nodes' in client ? client.nodes('master') : [client];
    const facts = await Promise.all(
      servers.map((server) =>
        checkServer(server, { label, isCluster, warn: (risk) => warn(`${label}: ${risk}`) }),
      ),
    );
    const version = (await client.get(keys.version)) ?? LAYOUT_VERSION;
    if (!(Number(version) <= LAYOUT_VERSION)) {
      throw worldError(
        'STORE_INCOMPATIBLE',
        `${label}: the namespace has layout version ${version}, this package knows ${LAYOUT_VERSION}; update @world/redis`,
        { details: { address: label } },
      );
    }
    return isCluster && facts.every((one) => one.shardedChannels) ? 'SPUBLISH' : 'PUBLISH';
  }

  #drop(session: Session | undefined): void {
    if (session === undefined) return;
    disconnect(session.client);
    const dropped = this.#session;
    void dropped?.then(
      (current) => {
        if (current === session && this.#session === dropped) this.#session = undefined;
      },
      () => {},
    );
  }

  /** Waits for calls that were begun, then closes the connection. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
    this.#closed = true;
    const session = await this.#session?.catch(() => undefined);
    if (session !== undefined) disconnect(session.client);
  }
}
