import type { Capabilities, World } from '@world/contract';

/** What a package of worlds exports. */
export interface WorldModule {
  createWorld(options: {
    readonly url: string;
    readonly namespace: string;
  }): World | Promise<World>;
  readonly capabilities: Capabilities;
}

/** A kind of world that the demo can run on. */
export interface KnownWorld {
  /** What the demo calls it. */
  readonly name: string;
  readonly schemes: readonly string[];
  readonly example: string;
  /** Where the data is, in words; the address follows. */
  readonly where: string;
  readonly packageName: string;
  load(): Promise<WorldModule>;
  /** What else is true of a commit when it is acknowledged. */
  readonly commit?: readonly string[];
}

// One line a world.
// biome-ignore format: the columns are easier to compare this way.
export const KNOWN_WORLDS: readonly KnownWorld[] = [
  { name: 'memory', schemes: ['memory'], example: 'memory:', where: 'the memory of this process', packageName: '@world/memory', load: () => import('@world/memory') },
  { name: 'SQLite', schemes: ['sqlite'], example: 'sqlite:./demo.db', where: 'the SQLite file', packageName: '@world/sqlite', load: () => import('@world/sqlite'), commit: ['synced to disk'] },
  { name: 'Redis', schemes: ['redis', 'rediss'], example: 'redis://127.0.0.1:6379', where: 'the Redis server at', packageName: '@world/redis', load: () => import('@world/redis') },
  { name: 'Redis Cluster', schemes: ['redis+cluster', 'rediss+cluster'], example: 'redis+cluster://127.0.0.1:7000,127.0.0.1:7001', where: 'the Redis Cluster at', packageName: '@world/redis', load: () => import('@world/redis') },
  { name: 'HTTP', schemes: ['http', 'https'], example: 'http://127.0.0.1:8787', where: 'the server at', packageName: '@world/remote-http', load: () => import('@world/remote-http') },
];

/** The kind of world that a URL names; undefined when none is known. */
export function knownWorldOf(url: string): KnownWorld | undefined {
  const scheme = /^([^:]+):/.exec(url)?.[1]?.toLowerCase();
  return KNOWN_WORLDS.find(({ schemes }) => schemes.some((one) => one === scheme));
}

/** The address in a URL: without scheme, user, and password. */
export const addressOf = (url: string): string =>
  url.replace(/^[^:]+:/, '').replace(/^\/\/(?:(?!\/).*@)?/, '');
