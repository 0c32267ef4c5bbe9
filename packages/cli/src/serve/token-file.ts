import { readFileSync, statSync } from 'node:fs';
import type { AccessToken } from '@world/remote-http/server';
import { CliError, messageOf } from '../cli-error.js';

/** A file of tokens: one a line, then what it is bound to. */
export interface TokenFile {
  readonly tokens: readonly AccessToken[];
  /** Set when others than its owner may read it. */
  readonly warning: string | undefined;
}

const OTHERS = 0o077;

/** @throws CliError when it cannot be read, has no token, or a line that is none; no token is shown. */
export function readTokenFile(path: string): TokenFile {
  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, 'utf8');
    mode = statSync(path).mode;
  } catch (cause) {
    throw new CliError(`cannot read the token file: ${messageOf(cause)}`, { cause });
  }
  const tokens = text
    .split('\n')
    .map((line, i) => tokenOf(line, `${path}:${i + 1}`))
    .filter((one) => one !== undefined);
  if (tokens.length === 0) throw new CliError(`${path} has no token; write one a line`);
  const isOpen = process.platform !== 'win32' && (mode & OTHERS) !== 0;
  return {
    tokens,
    warning: isOpen ? `others can read ${path}; run: chmod 600 ${path}` : undefined,
  };
}

const VISIBLE = /^[\x21-\x7e]+$/;

function tokenOf(line: string, place: string): AccessToken | undefined {
  const [token, ...words] = line
    .replace(/(?:^|\s)#.*$/, '')
    .split(/\s+/)
    .filter((word) => word !== '');
  if (token === undefined) return undefined;
  if (!VISIBLE.test(token)) throw new CliError(`${place}: a token is of visible ASCII characters`);
  let namespace: string | undefined;
  let readOnly = false;
  for (const word of words) {
    const name = /^namespace=(.+)$/.exec(word)?.[1];
    if (name !== undefined && namespace === undefined) namespace = name;
    else if (word === 'read-only') readOnly = true;
    else throw new CliError(`${place}: after a token come namespace=NAME and read-only only`);
  }
  return { token, namespace, readOnly };
}
