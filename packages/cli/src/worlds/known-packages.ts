import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.js';
import { editDistance } from '../edit-distance.js';

/** A world package that the command knows by the scheme of its URLs. */
export interface KnownPackage {
  readonly name: string;
  readonly schemes: readonly string[];
  readonly exampleUrl: string;
  /** A new place in an empty folder, for suites that must not touch anybody's data. */
  readonly freshUrl?: (folder: string) => string;
  /** The file that a URL names. @throws CliError when it names none. */
  readonly fileOf?: (url: string) => string;
}

const MAX_TYPOS = 2;

/** The packages, by scheme. Any other package is named itself, and reads WORKFLOW_WORLD_URL. */
export const KNOWN_PACKAGES: readonly KnownPackage[] = [
  {
    name: '@world/memory',
    schemes: ['memory'],
    exampleUrl: 'memory:',
    freshUrl: () => 'memory:',
  },
  {
    name: '@world/sqlite',
    schemes: ['sqlite'],
    exampleUrl: 'sqlite:./world.db',
    freshUrl: (folder) => `sqlite:${folder}/world.db`,
    fileOf: sqliteFile,
  },
  {
    name: '@world/redis',
    schemes: ['redis', 'rediss', 'redis+cluster', 'rediss+cluster'],
    exampleUrl: 'redis://127.0.0.1:6379',
  },
  {
    name: '@world/remote-http',
    schemes: ['http', 'https'],
    exampleUrl: 'http://127.0.0.1:8787',
  },
];

export function packageOfScheme(scheme: string): KnownPackage | undefined {
  return KNOWN_PACKAGES.find(({ schemes }) => schemes.includes(scheme.toLowerCase()));
}

export function packageOfName(name: string): KnownPackage | undefined {
  return KNOWN_PACKAGES.find((one) => one.name === name);
}

/** The package that a misspelt name probably means: a few letters are wrong, or the scope is missing. */
export function packageNear(name: string): KnownPackage | undefined {
  const scoped = name.startsWith('@') ? name : `@world/${name}`;
  return KNOWN_PACKAGES.find((one) => editDistance(scoped, one.name) <= MAX_TYPOS);
}

function sqliteFile(url: string): string {
  const path = url.slice('sqlite:'.length);
  if (!path.startsWith('//')) return path;
  try {
    return fileURLToPath(`file:${path}`);
  } catch (cause) {
    throw new CliError(`${url} names no file; write sqlite:./world.db or sqlite:/folder/world.db`, {
      cause,
    });
  }
}
