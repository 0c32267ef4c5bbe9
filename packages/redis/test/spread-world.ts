import { type World, createWorld as worldOf } from '@world/contract';
import { onTestFinished } from 'vitest';
import { addressOfUrl, type Client } from '../src/address.js';
import { RedisStore } from '../src/redis-store.js';

/** Called around every script of a world, with its name and what runs it. */
export type Around = (
  script: string,
  run: () => Promise<unknown>,
  client: Client,
) => Promise<unknown>;

type Method = (...args: unknown[]) => Promise<unknown>;

/** Lets `around` stand between a client and the scripts that are defined on it. */
function wrapScripts(client: Client, around: Around): Client {
  const methods = client as unknown as Record<string, Method>;
  const define = client.defineCommand.bind(client);
  client.defineCommand = (name, definition) => {
    define(name, definition);
    const key = `${name}Buffer`;
    const method = methods[key]?.bind(client);
    if (method === undefined) throw new Error(`${name} was not defined`);
    methods[key] = (...args) => around(name.replace('world_', ''), () => method(...args), client);
  };
  return client;
}

/** A world whose index may be on another server than its runs, as on a cluster; closed with the test. */
export function openSpread(
  url: string,
  namespace: string,
  around: Around = (_, run) => run(),
  timeoutMs = 10_000,
): World {
  const address = addressOfUrl(url);
  const store = new RedisStore({
    address: { ...address, createClient: (ms) => wrapScripts(address.createClient(ms), around) },
    namespace,
    timeoutMs,
    warn: () => {},
    isSpread: true,
  });
  const world = worldOf(store);
  onTestFinished(() => world.close());
  return world;
}

/** Loses the answer of one call of a script, as a connection does that is cut: the call itself was done. */
export class LostAnswer {
  readonly #script: string;
  #lose = false;

  constructor(script: string) {
    this.#script = script;
  }

  /** The next call loses its answer. */
  arm(): void {
    this.#lose = true;
  }

  around: Around = async (script, run, client) => {
    const answer = await run();
    if (script !== this.#script || !this.#lose) return answer;
    this.#lose = false;
    client.disconnect();
    throw new Error('Connection is closed.');
  };
}
