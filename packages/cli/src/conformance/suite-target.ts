import type { Capabilities, World } from '@world/contract';
import type { ConformanceTarget, TargetOptions } from '@world/contract/conformance';
import type { WorldModule } from '../worlds/load-module.js';
import { createWorldOf } from '../worlds/open-world.js';

export interface SuiteTargetOptions {
  /** How messages call it. */
  readonly name: string;
  readonly module: WorldModule;
  readonly capabilities: Capabilities;
  /** None: the module takes its default. */
  readonly url: string | undefined;
}

type Namespaced = { readonly namespace: string };

/** A module under test. Keeps account of what tests open, so that nothing is left behind when one of them hangs. */
export class SuiteTarget implements ConformanceTarget {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly module: NonNullable<ConformanceTarget['module']>;
  readonly #module: WorldModule;
  readonly #url: string | undefined;
  readonly #open = new Map<string, Set<World>>();
  /** Why namespaces could not be removed. */
  readonly leftovers: Map<string, unknown> = new Map();

  constructor({ name, module, capabilities, url }: SuiteTargetOptions) {
    this.name = name;
    this.capabilities = capabilities;
    this.module = { specifier: module.specifier, url };
    this.#module = module;
    this.#url = url;
  }

  async create({ namespace, queue }: TargetOptions): Promise<World> {
    const worlds = this.#open.get(namespace) ?? new Set();
    this.#open.set(namespace, worlds);
    const options = { url: this.#url, namespace, queue };
    const world = await createWorldOf(this.#module, this.name, options);
    worlds.add(world);
    return world;
  }

  /** Removes a namespace, if its worlds can; that they cannot fails no test. */
  async destroy({ namespace }: Namespaced): Promise<void> {
    this.#open.delete(namespace);
    try {
      const world = await createWorldOf(this.#module, this.name, { url: this.#url, namespace });
      try {
        await (world as Partial<World>).deleteNamespace?.();
      } finally {
        await world.close();
      }
    } catch (error) {
      this.leftovers.set(namespace, error);
    }
  }

  /** Closes every world that a test has left open, which makes the test fail if it still runs. */
  async closeWorlds(): Promise<void> {
    const worlds = [...this.#open.values()].flatMap((one) => [...one]);
    await Promise.allSettled(worlds.map(async (world) => world.close()));
  }

  /** Closes and removes everything that tests did not. */
  async clear(): Promise<void> {
    await this.closeWorlds();
    for (const namespace of [...this.#open.keys()]) await this.destroy({ namespace });
  }
}
