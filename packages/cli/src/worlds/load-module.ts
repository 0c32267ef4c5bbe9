import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Capabilities, QueueSettings, World } from '@world/contract';
import { resolve } from 'import-meta-resolve';
import { CliError, messageOf } from '../cli-error.js';
import { packageNear } from './known-packages.js';
import type { Target } from './target.js';

/** A module that makes worlds. */
export interface WorldModule {
  /** Its URL, importable from any process. */
  readonly specifier: string;
  createWorld(options: {
    url?: string;
    namespace?: string;
    queue?: QueueSettings;
  }): World | Promise<World>;
  /** As the module exports it; see `capabilitiesOf`. */
  readonly capabilities: unknown;
}

const MODULE_FILE = /\.[cm]?[jt]sx?$/;

/**
 * Imports what a target names: packages as the user's folder sees them, else as this command does.
 * @throws CliError when it is missing, cannot be imported, or exports no `createWorld`.
 */
export async function loadModule(
  target: Target,
  cwd: string = process.cwd(),
): Promise<WorldModule> {
  const specifier =
    target.kind === 'module'
      ? moduleUrl(target.path)
      : packageUrl(target.kind === 'url' ? target.package.name : target.name, cwd);
  const name = nameOf(target);
  let exports: Partial<WorldModule>;
  try {
    exports = (await import(specifier)) as Partial<WorldModule>;
  } catch (cause) {
    throw new CliError(`cannot load ${name}: ${messageOf(cause)}`, { cause });
  }
  const { createWorld, capabilities } = exports;
  if (typeof createWorld !== 'function') {
    throw new CliError(
      `${name} exports no createWorld; a world module exports createWorld({ url, namespace }) and capabilities`,
    );
  }
  return { specifier, createWorld, capabilities };
}

/** How messages call a target's module. */
export function nameOf(target: Target): string {
  if (target.kind === 'url') return target.package.name;
  return target.kind === 'package' ? target.name : target.path;
}

function moduleUrl(path: string): string {
  if (!existsSync(path)) throw new CliError(`${path} does not exist; check the path of the module`);
  if (!MODULE_FILE.test(path) || statSync(path).isDirectory()) {
    throw new CliError(
      `${path} is no module; name one (./my-world.mjs), or the URL of a world (sqlite:./world.db)`,
    );
  }
  return pathToFileURL(path).href;
}

/** Where a package is, as the user's folder sees it, else as this command does. @throws CliError when it is missing. */
export function packageUrl(name: string, cwd: string = process.cwd()): string {
  for (const parent of [pathToFileURL(join(cwd, 'package.json')).href, import.meta.url]) {
    try {
      return resolve(name, parent);
    } catch (error) {
      if (codeOf(error) === 'ERR_MODULE_NOT_FOUND') continue;
      throw new CliError(`cannot load ${name}: ${messageOf(error)}`, { cause: error });
    }
  }
  const near = packageNear(name)?.name ?? name;
  throw new CliError(
    near === name
      ? `${name} is not installed; run: npm install ${packageOf(name)}`
      : `${name} is not installed; did you mean ${near}?`,
  );
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

const CAPABILITIES: Readonly<Record<keyof Capabilities, true>> = {
  durable: true,
  shared: true,
  queue: true,
  streams: true,
  push: true,
};

/**
 * The capabilities that a module exports.
 * @throws CliError unless every one is answered with true or false.
 */
export function capabilitiesOf({ capabilities }: WorldModule, name: string): Capabilities {
  const given =
    typeof capabilities === 'object' && capabilities !== null
      ? (capabilities as Partial<Record<string, unknown>>)
      : undefined;
  if (given === undefined) {
    throw new CliError(
      `${name} exports no capabilities; export an object with ${Object.keys(CAPABILITIES).join(', ')}, each true or false`,
    );
  }
  const missing = Object.keys(CAPABILITIES).filter((key) => typeof given[key] !== 'boolean');
  if (missing.length > 0) {
    throw new CliError(
      `capabilities of ${name} must say true or false to each: add ${missing.join(', ')}`,
    );
  }
  return capabilities as Capabilities;
}
