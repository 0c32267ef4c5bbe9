import { type EntityKind, HIDDEN_STATUSES } from '@world/contract';

/**
 * Names of keys. All keys of a run carry its id as hash tag, all keys of a stream its name, all keys that span runs that of
 * the namespace, so that each of these groups lives in one slot of a cluster. Ids, names and namespaces are encoded: nothing
 * in them can name another key.
 */

/** Every kind of entity; each has a list of its own in a run. */
export const ENTITY_KINDS: readonly EntityKind[] = Object.keys(HIDDEN_STATUSES) as EntityKind[];

/** Text in which braces, colons, NUL and the wildcards of patterns are escaped. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Keys of one run. */
export interface RunKeys {
  /** Hash: `tail`, `run`, `c:<correlation id>`, `k:<idempotency key>`. */
  readonly run: string;
  /** Stream: the log, its entries at `<seq>-0`; also the channel that tells of new ones. */
  readonly log: string;
  /** Hash: token → what holds it. The truth about tokens of this run. */
  readonly tokens: string;
  /** String with a time to live: leases up to this deadline are void. */
  readonly void: string;
  /** Lists, `<seq>:<id>` each, in the order of creation. */
  readonly created: Readonly<Record<EntityKind, string>>;
  /** Set: names of streams that may be the run's; each stream tells. */
  readonly streams: string;
  /** Set: names of streams that have to go, since the run is gone. */
  readonly lostStreams: string;
}

/** Keys of one stream. */
export interface StreamKeys {
  /** Hash: `run`, `length`, `ended`, `w:<writer>` → number of its last write. What it does not tell of is not there. */
  readonly meta: string;
  /** List: the chunks; also the channel that tells of new ones, of the end, and of removal. */
  readonly chunks: string;
  /** String: the size of each chunk in 4 bytes. */
  readonly sizes: string;
}

/** The keys of a namespace. */
export class Keys {
  readonly #runPrefix: string;
  readonly #streamPrefix: string;
  /** Sorted set, all scores 0: every list that spans runs; see `lua/lib/index-members.lua`. */
  readonly index: string;
  /** Hash: token → the run that has claimed it. Only points there. */
  readonly claims: string;
  /** Hash: appends under way that will change the index. On clusters only. */
  readonly intents: string;
  /** Base of the keys of the queue, and its channel; see `lua/lib/messages.lua`. */
  readonly queue: string;
  /** String: what deliveries are signed with. */
  readonly secret: string;
  /** String: the version of this layout. */
  readonly version: string;
  /** Patterns that match all keys of the namespace, and no others. */
  readonly patterns: readonly string[];

  constructor(namespace: string) {
    const name = encode(namespace);
    const spanning = `world:{${name}}:`;
    const each = `world:${name}:`;
    this.#runPrefix = `${each}{`;
    this.#streamPrefix = `${each}stream:{`;
    this.index = `${spanning}index`;
    this.claims = `${spanning}claims`;
    this.intents = `${spanning}intents`;
    this.queue = `${spanning}queue`;
    this.secret = `${spanning}secret`;
    this.version = `${spanning}version`;
    this.patterns = [`${spanning}*`, `${each}*`];
  }

  ofRun(runId: string): RunKeys {
    const prefix = `${this.#runPrefix}${encode(runId)}}:`;
    const created = ENTITY_KINDS.map((kind) => [kind, `${prefix}${kind}`] as const);
    return {
      run: `${prefix}run`,
      log: `${prefix}log`,
      tokens: `${prefix}tokens`,
      void: `${prefix}void`,
      created: Object.fromEntries(created) as RunKeys['created'],
      streams: `${prefix}streams`,
      lostStreams: `${prefix}lost-streams`,
    };
  }

  ofStream(name: string): StreamKeys {
    const prefix = `${this.#streamPrefix}${encode(name)}}:`;
    return { meta: `${prefix}meta`, chunks: `${prefix}chunks`, sizes: `${prefix}sizes` };
  }

  /** What stands before and behind the id of a well-formed run in the name of its `tokens`. */
  get tokensOfAnyRun(): readonly [string, string] {
    return [this.#runPrefix, '}:tokens'];
  }
}
