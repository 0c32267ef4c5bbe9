import { worldError } from '@world/contract';

/** Who may do what. */

/** A bearer token; several are valid at a time, so that they can be rotated. */
export interface AccessToken {
  readonly token: string;
  /** The only namespace that it opens; all when not given. */
  readonly namespace?: string | undefined;
  /** It reads, and changes nothing. */
  readonly readOnly?: boolean | undefined;
}

const digest = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

/** Compares all bytes, whatever they are: the time taken tells nothing. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Checks bearer tokens. Without any, everybody may do everything. */
export class Access {
  readonly #tokens: Promise<readonly { readonly row: AccessToken; readonly hash: Uint8Array }[]>;
  readonly #isOpen: boolean;

  constructor(tokens: readonly AccessToken[]) {
    this.#isOpen = tokens.length === 0;
    this.#tokens = Promise.all(tokens.map(async (row) => ({ row, hash: await digest(row.token) })));
  }

  /** @throws UNAUTHORIZED for a token that is none, FORBIDDEN for what it does not allow. */
  async assertMay(
    authorization: string | null | undefined,
    { namespace, writes }: { readonly namespace: string; readonly writes: boolean },
  ): Promise<void> {
    if (this.#isOpen) return;
    const given = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) {
      throw worldError('UNAUTHORIZED', 'this server needs a token: authorization: Bearer <token>');
    }
    const hash = await digest(given);
    let row: AccessToken | undefined;
    // All of them, also behind the one that matches.
    for (const one of await this.#tokens) if (isSame(one.hash, hash)) row = one.row;
    if (row === undefined) throw worldError('UNAUTHORIZED', 'this server does not know the token');
    if (row.namespace !== undefined && row.namespace !== namespace) {
      throw worldError('FORBIDDEN', 'this token is for another namespace');
    }
    if (row.readOnly === true && writes) throw worldError('FORBIDDEN', 'this token only reads');
  }
}
