import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type QueueSettings, type World, WorldError } from '@world/contract';
import { CliError, messageOf } from '../cli-error.js';
import { packageOfName } from './known-packages.js';
import { loadModule, nameOf, type WorldModule } from './load-module.js';
import { parseTarget, type Target } from './target.js';

/** The parts of a World without which no command can work. */
const PARTS = ['events', 'runs', 'steps', 'hooks', 'waits', 'close'] as const;

/**
 * Opens a world of a module.
 * @throws CliError when `createWorld` gives something else; and whatever `createWorld` throws.
 */
export async function createWorldOf(
  { createWorld }: WorldModule,
  name: string,
  options: {
    readonly url?: string | undefined;
    readonly namespace?: string | undefined;
    readonly queue?: QueueSettings | undefined;
  },
): Promise<World> {
  const { url, namespace, queue } = options;
  const world: unknown = await createWorld({
    ...(url !== undefined && { url }),
    ...(namespace !== undefined && { namespace }),
    ...(queue !== undefined && { queue }),
  });
  const parts = (typeof world === 'object' && world !== null ? world : {}) as Partial<World>;
  const missing = PARTS.filter((part) => parts[part] === undefined);
  if (missing.length > 0) {
    throw new CliError(`createWorld of ${name} gave no World: it has no ${missing.join(', ')}`);
  }
  return world as World;
}

/**
 * Opens the world that a user names, for reading or writing what is there.
 * @throws CliError when it cannot be found, or with `mustExist` has no data yet: nothing is created then.
 */
export async function openWorld(
  text: string,
  options: { readonly namespace?: string | undefined; readonly mustExist: boolean },
): Promise<World> {
  const target = parseTarget(text);
  assertUrlGiven(target);
  if (options.mustExist) assertFileExists(target);
  const module = await loadModule(target);
  const url = target.kind === 'url' ? target.url : undefined;
  const name = nameOf(target);
  return opening(name, createWorldOf(module, name, { url, namespace: options.namespace }));
}

/** Opens a world of a namespace, which delivers messages as `queue` says once it is started. */
export type WorldOpener = (namespace: string, queue?: QueueSettings) => World;

/**
 * Opens the worlds that a user names, by namespace and when they are wanted.
 * @throws CliError as `openWorld`; the function throws one when the module's `createWorld` is asynchronous.
 */
export async function worldsOf(
  text: string,
  options: { readonly mustExist: boolean },
): Promise<WorldOpener> {
  const target = parseTarget(text);
  assertUrlGiven(target);
  if (options.mustExist) assertFileExists(target);
  const { createWorld } = await loadModule(target);
  return (namespace, queue) => {
    const world = createWorld({
      namespace,
      ...(target.kind === 'url' && { url: target.url }),
      ...(queue !== undefined && { queue }),
    });
    if (!(world instanceof Promise)) return world;
    world.then((one) => one.close()).catch(() => {});
    throw new CliError(`createWorld of ${nameOf(target)} gives a promise; it cannot be served`);
  };
}

/** Passes a world on, or what stands against it in words: what `createWorld` throws need not be a `WorldError`. */
export async function opening(name: string, world: Promise<World>): Promise<World> {
  try {
    return await world;
  } catch (cause) {
    if (WorldError.is(cause) || cause instanceof CliError) throw cause;
    throw new CliError(`cannot open ${name}: ${messageOf(cause)}`, { cause });
  }
}

/** Without its URL a package would take a place of its own choice, perhaps a new one. */
function assertUrlGiven(target: Target): void {
  const known = target.kind === 'package' ? packageOfName(target.name) : undefined;
  if (known === undefined) return;
  throw new CliError(
    `${known.name} alone does not say where the data is; give its URL, e.g. ${known.exampleUrl}`,
  );
}

function assertFileExists(target: Target): void {
  if (target.kind !== 'url') return;
  const file = target.package.fileOf?.(target.url);
  if (file === undefined || existsSync(file)) return;
  throw new CliError(`${resolve(file)} does not exist; check the path in ${target.url}`);
}
