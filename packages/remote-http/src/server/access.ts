import { invalidArgument, worldError } from '@world/contract';
import { lastIndexOfSame } from './is-same.js';

/** Who may do what. */

/** A bearer token; several are valid at a time, so that they can be rotated. */
export interface AccessToken {
  /** Visible ASCII. */
  readonly token: string;
  /** The only namespace that it opens; all when not given. */
  readonly namespace?: string | undefined;
  /** It reads, and changes nothing. */
  readonly readOnly?: boolean | undefined;
}

/** Tokens, or a function that is asked at each request; it gives a new list when they have changed. */
export type TokenSource = readonly AccessToken[] | (() => readonly AccessToken[]);

const VISIBLE = /^[\x21-\x7e]+$/;

interface Hashed {
  readonly row: AccessToken;
  readonly hash: Uint8Array;
}

const digest = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

/** Checks bearer tokens. Without a source of them everybody may do everything; with one that is empty, nobody. */
export class Access {
  readonly #source: (() => readonly AccessToken[]) | undefined;
  #rows: readonly AccessToken[] | undefined;
  #hashed: Promise<readonly Hashed[]> = Promise.resolve([]);

  /** @throws INVALID_ARGUMENT for a list that is empty, and for tokens that no header can hold. */
  constructor(tokens: TokenSource | undefined) {
    if (tokens === undefined || typeof tokens === 'function') {
      this.#source = tokens;
      return;
    }
    if (tokens.length === 0) {
      throw invalidArgument('tokens', 'is empty; leave it out to let everybody in');
    }
    const bad = tokens.findIndex(({ token }) => typeof token !== 'string' || !VISIBLE.test(token));
    if (bad !== -1) throw invalidArgument(`tokens[${bad}].token`, 'is not visible ASCII');
    const rows = tokens.map((row) => ({ ...row }));
    this.#source = () => rows;
  }

  /** Whether everybody is let in. */
  get isOpen(): boolean {
    return this.#source === undefined;
  }

  /** @throws UNAUTHORIZED for a token that is none, FORBIDDEN for what it does not allow. */
  async assertMay(
    authorization: string | null | undefined,
    { namespace, writes }: { readonly namespace: string; readonly writes: boolean },
  ): Promise<void> {
    if (this.#source === undefined) return;
    const given = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) {
      throw worldError('UNAUTHORIZED', 'this server needs a token: authorization: Bearer <token>');
    }
    const row = await this.#rowOf(given, this.#source());
    if (row === undefined) throw worldError('UNAUTHORIZED', 'this server does not know the token');
    if (row.namespace !== undefined && row.namespace !== namespace) {
      throw worldError('FORBIDDEN', 'this token is for another namespace');
    }
    if (row.readOnly === true && writes) throw worldError('FORBIDDEN', 'this token only reads');
  }

  async #rowOf(given: string, rows: readonly AccessToken[]): Promise<AccessToken | undefined> {
    if (rows !== this.#rows) {
      this.#rows = rows;
      this.#hashed = Promise.all(rows.map(async (row) => ({ row, hash: await digest(row.token) })));
    }
    const hashed = this.#hashed;
    const hash = await digest(given);
    const known = await hashed;
    const hashes = known.map((one) => one.hash);
    return known[lastIndexOfSame(hashes, hash)]?.row;
  }
}
