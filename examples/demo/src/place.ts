import { randomBytes } from 'node:crypto';
import type { Capabilities, QueueSettings, World } from '@world/contract';
import { addressOf, type KnownWorld, type WorldModule } from './known-worlds.js';

/** `20261125t024012`: whoever finds a namespace that was left behind knows when it was made. */
const nowShort = (): string =>
  new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase();

/** The world that the demo runs on. Keeps account of what was opened there, so that nothing is left behind. */
export class Place {
  /** What the demo calls it: `SQLite`. */
  readonly name: string;
  /** Where it is, in words: `the Redis server at 127.0.0.1:6379`. */
  readonly where: string;
  /** What is true of a commit besides, in words. */
  readonly commit: readonly string[];
  readonly packageName: string;
  readonly capabilities: Capabilities;
  readonly url: string;
  readonly #createWorld: WorldModule['createWorld'];
  readonly #prefix = `demo-${nowShort()}-${randomBytes(5).toString('hex')}`;
  /** Worlds that are open, by namespaces that are not removed. */
  readonly #opened = new Map<string, Set<World>>();
  #isClosing = false;

  constructor(known: KnownWorld, module: WorldModule, url: string, where?: string) {
    this.name = known.name;
    this.where = where ?? `${known.where} ${addressOf(url)}`.trim();
    this.commit = known.commit ?? [];
    this.packageName = known.packageName;
    this.capabilities = module.capabilities;
    this.url = url;
    this.#createWorld = module.createWorld;
  }

  /** The name of a namespace that only this demo uses. */
  namespaceOf(part: string): string {
    return `${this.#prefix}-${part}`;
  }

  /** Opens a world on a namespace; with the same one, another instance on the same data. */
  async open(namespace: string, queue?: QueueSettings): Promise<World> {
    if (this.#isClosing) throw new Error('the demo is ending');
    const worlds = this.#opened.get(namespace) ?? new Set();
    this.#opened.set(namespace, worlds);
    const options = { url: this.url, namespace, ...(queue && { queue }) };
    const world = await this.#createWorld(options);
    worlds.add(world);
    return world;
  }

  /** Removes all data of a namespace, when its worlds are closed. */
  async remove(namespace: string): Promise<void> {
    const world = await this.#createWorld({ url: this.url, namespace });
    try {
      await world.deleteNamespace();
    } finally {
      await world.close();
    }
    this.#opened.delete(namespace);
  }

  /** Closes every world that is still open, which makes whoever uses it fail; no other can be opened. */
  async closeWorlds(): Promise<void> {
    this.#isClosing = true;
    const worlds = [...this.#opened.values()].flatMap((one) => [...one]);
    await Promise.allSettled(worlds.map(async (world) => world.close()));
  }

  /** Closes and removes all that is left. Resolves to the namespaces that could not be removed, and why. */
  async clear(): Promise<ReadonlyMap<string, unknown>> {
    await this.closeWorlds();
    const problems = new Map<string, unknown>();
    for (const namespace of [...this.#opened.keys()]) {
      await this.remove(namespace).catch((error: unknown) => problems.set(namespace, error));
    }
    return problems;
  }

  /** The namespaces that were opened and are not removed. */
  get namespaces(): readonly string[] {
    return [...this.#opened.keys()];
  }
}
