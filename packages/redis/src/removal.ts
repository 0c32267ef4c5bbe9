import type { PruneRange } from '@world/contract';
import type { Client } from './address.js';
import type { Connection } from './connection.js';
import { runMember, runsEndedBefore } from './index-members.js';
import type { IndexPages } from './index-pages.js';
import { ENTITY_KINDS, type Keys } from './keys.js';

const SCAN_COUNT = 1000;

/** Removes runs, and namespaces. */
export class Removal {
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #pages: IndexPages;
  readonly #isSpread: boolean;

  constructor(parts: {
    readonly connection: Connection;
    readonly keys: Keys;
    readonly pages: IndexPages;
    readonly isSpread: boolean;
  }) {
    this.#connection = parts.connection;
    this.#keys = parts.keys;
    this.#pages = parts.pages;
    this.#isSpread = parts.isSpread;
  }

  async prune(range: PruneRange): Promise<readonly string[]> {
    const { endedBefore, statuses, limit } = range;
    const removed: string[] = [];
    while (removed.length < limit) {
      const ranges = statuses.map((status) => runsEndedBefore(status, endedBefore));
      const page = { order: 'asc', limit: limit - removed.length } as const;
      const members = await this.#pages.read(ranges, runMember, page);
      if (members.length === 0) break;
      const gone = await Promise.all(members.map(({ runId }) => this.#remove(runId, range)));
      removed.push(...members.flatMap(({ runId }, i) => (gone[i] ? [runId] : [])));
      // Also of runs that went before: by another, or by a call whose answer was lost.
      await this.#pages.remove(members.map(({ text }) => text));
    }
    return removed;
  }

  /** False when the run is there and has to stay. */
  async #remove(runId: string, { endedBefore, statuses }: PruneRange): Promise<boolean> {
    const keys = this.#keys.ofRun(runId);
    const ofRun = [
      keys.run,
      keys.log,
      keys.tokens,
      keys.void,
      ...ENTITY_KINDS.map((kind) => keys.created[kind]),
    ];
    const here = this.#isSpread ? [] : [this.#keys.index, this.#keys.claims];
    const [gone, changes] = (await this.#connection.call((session) =>
      session.run(
        'remove',
        [...ofRun, ...here],
        [runId, session.publishCommand, ofRun.length, endedBefore, ...statuses],
      ),
    )) as readonly [number, Buffer | undefined];
    if (changes !== undefined) await this.#pages.change('', changes, []);
    return gone !== 0;
  }

  /** Removes every key of the namespace, on every server. */
  async deleteNamespace(): Promise<void> {
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
