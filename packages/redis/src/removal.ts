import type { PruneRange } from '@world/contract';
import type { Client } from './address.js';
import type { Connection } from './connection.js';
import { runMember, runsEndedBefore } from './index-members.js';
import type { IndexPages } from './index-pages.js';
import { ENTITY_KINDS, type Keys } from './keys.js';
import type { RedisMessages } from './redis-messages.js';
import type { RedisStreams } from './redis-streams.js';

const SCAN_COUNT = 1000;

/** What became of a run that was to be removed. */
interface Removed {
  /** False when it is there and has to stay. */
  readonly isGone: boolean;
  /** What the index has to forget. */
  readonly members: readonly Buffer[];
}

/** Removes runs, and namespaces. */
export class Removal {
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #pages: IndexPages;
  readonly #messages: RedisMessages;
  readonly #streams: RedisStreams;

  constructor(parts: {
    readonly connection: Connection;
    readonly keys: Keys;
    readonly pages: IndexPages;
    readonly messages: RedisMessages;
    readonly streams: RedisStreams;
  }) {
    this.#connection = parts.connection;
    this.#keys = parts.keys;
    this.#pages = parts.pages;
    this.#messages = parts.messages;
    this.#streams = parts.streams;
  }

  /**
   * The index forgets a run when all that belongs to it is gone: where a prune is cut off, the next one finds the run there, and
   * goes on.
   */
  async prune(range: PruneRange): Promise<readonly string[]> {
    const { endedBefore, statuses, limit } = range;
    const all: string[] = [];
    while (all.length < limit) {
      const ranges = statuses.map((status) => runsEndedBefore(status, endedBefore));
      const page = { order: 'asc', limit: limit - all.length } as const;
      const members = await this.#pages.read(ranges, runMember, page);
      if (members.length === 0) break;
      const removed = await Promise.all(members.map(({ runId }) => this.#remove(runId, range)));
      const gone = members.filter((_, i) => removed[i]?.isGone).map(({ runId }) => runId);
      await this.#messages.removeRuns(gone);
      await this.#pages.remove([
        ...members.map(({ text }) => text),
        ...removed.flatMap((one) => one.members),
      ]);
      all.push(...gone);
    }
    return all;
  }

  async #remove(runId: string, { endedBefore, statuses }: PruneRange): Promise<Removed> {
    const keys = this.#keys.ofRun(runId);
    const created = ENTITY_KINDS.map((kind) => keys.created[kind]);
    const [kind, members, lost] = (await this.#connection.call((session) =>
      session.run(
        'remove',
        [keys.run, keys.log, keys.streams, keys.lostStreams, keys.tokens, keys.void, ...created],
        [runId, session.publishCommand, endedBefore, ...statuses],
      ),
    )) as readonly [number, readonly Buffer[], readonly Buffer[]];
    await this.#streams.removeLost(runId, lost.map(String));
    return { isGone: kind !== 0, members };
  }

  /** Removes every key of the namespace, on every server. */
  async deleteNamespace(): Promise<void> {
    await this.#messages.clear();
    await this.#connection.call(async ({ client }) => {
      const servers = 'nodes' in client ? client.nodes('master') : [client];
      for (const server of servers) {
        for (const match of this.#keys.patterns) await unlinkMatching(client, server, match);
      }
    });
    this.#connection.forgetMark();
  }
}

async function unlinkMatching(client: Client, server: Client, match: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await server.scan(cursor, 'MATCH', match, 'COUNT', SCAN_COUNT);
    // One by one: on a cluster they are in different slots.
    await Promise.all(keys.map((key) => client.unlink(key)));
    cursor = next;
  } while (cursor !== '0');
}
