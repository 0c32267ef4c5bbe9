import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.js';
import { KNOWN_PACKAGES, type KnownPackage, packageOfScheme } from './known-packages.js';

/** What a user can name a world by. */
export type Target =
  | { readonly kind: 'url'; readonly url: string; readonly package: KnownPackage }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'module'; readonly path: string };

// At least two letters: `C:\world.mjs` is a path.
const URL_SCHEME = /^([a-z][a-z0-9+.-]+):/i;
const WITH_EXTENSION = /\.\w+$/;
const PACKAGE_NAME = /^(?:@[\w.~-]+\/)?[\w~-][\w.~-]*(?:\/[\w./~-]+)?$/;

/**
 * Reads a World URL, a module path or a package name.
 * @throws CliError for what is none of them, and for a URL that its package could not read.
 */
export function parseTarget(text: string, cwd: string = process.cwd()): Target {
  const scheme = URL_SCHEME.exec(text)?.[1];
  if (scheme?.toLowerCase() === 'file') return { kind: 'module', path: pathOfFileUrl(text) };
  if (scheme !== undefined) {
    const known = packageOfScheme(scheme);
    if (known !== undefined) {
      known.fileOf?.(text);
      return { kind: 'url', url: text, package: known };
    }
    throw new CliError(
      `no world package is known for ${scheme}: URLs (${schemes()} are); name the package instead`,
    );
  }
  const path = resolve(cwd, text);
  if (/^\.{1,2}(?:[/\\]|$)/.test(text) || isAbsolute(text)) return { kind: 'module', path };
  if (WITH_EXTENSION.test(text) && statSync(path, { throwIfNoEntry: false })?.isFile()) {
    return { kind: 'module', path };
  }
  if (PACKAGE_NAME.test(text)) return { kind: 'package', name: text };
  throw new CliError(
    `${JSON.stringify(withoutPassword(text))} names no world: give a package (@world/sqlite), a module path (./my-world.mjs), or a URL (sqlite:./world.db, redis://127.0.0.1:6379)`,
  );
}

/** Where a target's data is, written in one way: all spellings of the path of a file are one place. */
export function placeOf(target: Target): string {
  if (target.kind === 'url') {
    const file = target.package.fileOf?.(target.url);
    return file === undefined ? target.url : resolve(file);
  }
  return target.kind === 'module' ? target.path : target.name;
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new CliError(`${url} is not the URL of a local file`, { cause });
  }
}

const schemes = (): string =>
  KNOWN_PACKAGES.flatMap((known) => known.schemes.map((scheme) => `${scheme}:`)).join(' ');

/**
 * A target as it may be shown and written down: without the password of its URL, be it well formed or not. Rather too much is
 * hidden than too little: a password may hold anything, an `@` too.
 */
export function withoutPassword(target: string): string {
  return target.replace(/(?<!\/)(\/\/[^/:@]*):.*@/s, '$1:***@');
}
