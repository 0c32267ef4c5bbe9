import type { SortOrder } from '@world/contract';
import type { Connection } from './connection.js';
import type { IndexRange, Member } from './index-members.js';
import type { Keys } from './keys.js';
import { unpack } from './message-pack.js';

type Overdue = readonly [runId: string, deadline: number, tokens: readonly string[]];

/** Pages of the index. Whoever reads one also finishes what writers have left undone that are gone. */
export class IndexPages {
  readonly #connection: Connection;
  readonly #keys: Keys;

  constructor(connection: Connection, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** The first members of several ranges, by position, in one snapshot. */
  async read<M extends Member>(
    ranges: readonly IndexRange[],
    parse: (text: string) => M,
    { order, limit }: { readonly order: SortOrder; readonly limit: number },
  ): Promise<readonly M[]> {
    const { index, intents } = this.#keys;
    const bounds = ranges.flatMap(({ from, to }) => [from, to]);
    const [pages, overdue] = (await this.#connection.call((session) =>
      session.run('page', [index, intents], [order, limit, ...bounds]),
    )) as readonly [readonly (readonly Buffer[])[], readonly Buffer[]];
    // What cannot be finished now, by a server that takes no writes, does not keep anybody from reading.
    const finished =
      overdue.length > 0 &&
      (await this.#finishAll(overdue).then(
        () => true,
        () => false,
      ));
    if (finished) return this.read(ranges, parse, { order, limit });
    const members = pages.flat().map((text) => parse(String(text)));
    if (ranges.length > 1) {
      const sign = order === 'asc' ? 1 : -1;
      members.sort((a, b) => (a.position < b.position ? -sign : sign));
    }
    return members.slice(0, limit);
  }

  /** Removes members that the runs do not bear out. */
  async remove(texts: readonly (string | Buffer)[]): Promise<void> {
    if (texts.length === 0) return;
    await this.#connection.call(({ client }) => client.zrem(this.#keys.index, ...texts));
  }

  /** Applies what is left of an append: its changes, and tokens that it had claimed under `nonce` and not used. */
  async change(
    nonce: string,
    changes: Buffer | undefined,
    unused: readonly string[],
  ): Promise<void> {
    const { index, claims, intents } = this.#keys;
    await this.#connection.call((session) =>
      session.run('changeIndex', [index, claims, intents], [nonce, changes ?? '', ...unused]),
    );
  }

  /** Makes the index show what the runs of overdue appends have come to, and lets go of tokens that they do not hold. */
  async #finishAll(overdue: readonly Buffer[]): Promise<void> {
    for (let i = 0; i + 1 < overdue.length; i += 2) {
      await this.finish(String(overdue[i]), unpack(overdue[i + 1] ?? Buffer.of()) as Overdue);
    }
  }

  /** The same for one append. */
  async finish(nonce: string, [runId, deadline, tokens]: Overdue): Promise<void> {
    const { run, tokens: held, void: voided } = this.#keys.ofRun(runId);
    const [changes, free] = (await this.#connection.call((session) =>
      session.run('reindex', [run, held, voided], [runId, deadline, ...tokens]),
    )) as readonly [Buffer, readonly Buffer[]];
    await this.change(nonce, changes, free.map(String));
  }
}
