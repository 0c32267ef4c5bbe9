import { createWorld, type evaluate, type Store, type World } from '@world/contract';
import type { ConformanceTarget, TargetOptions } from '@world/contract/conformance';
import { MemoryState } from '../../src/memory-state.js';
import { MemoryStore } from '../../src/memory-store.js';

/** A world with one fault, and the conformance test that must catch it. */
export interface BrokenWorld {
  /** What is wrong with it. */
  readonly fault: string;
  /** Id of the test named for the law that it breaks. */
  readonly caughtBy: string;
  readonly breaks: Breakage;
}

/** Where the fault sits. Each part gets the working one, and gives the broken one. */
export interface Breakage {
  readonly store?: (store: Store) => Partial<Store>;
  readonly evaluation?: (decide: typeof evaluate) => typeof evaluate;
  readonly world?: (world: World) => Partial<World>;
  readonly clock?: () => number;
  /** An option that it does not look at. */
  readonly forgets?: 'queue';
  /** What the world does without; that alone is no fault. */
  readonly lacks?: 'streams';
}

/** Methods of `parts` instead of those of `whole`, which keeps its own `this`. */
export function override<T extends object>(whole: T, parts: Partial<T>): T {
  return new Proxy(whole, {
    get(target, name) {
      const part = name in parts ? Reflect.get(parts, name) : Reflect.get(target, name, target);
      return typeof part === 'function' && !(name in parts) ? part.bind(target) : part;
    },
  });
}

/** A conformance target that has the fault. */
export function brokenTarget(
  { fault, breaks }: BrokenWorld,
  decide: typeof evaluate,
): ConformanceTarget {
  const states = new Map<string, MemoryState>();
  const capabilities = {
    ...new MemoryStore({ state: new MemoryState() }).capabilities,
    ...(breaks.lacks && { [breaks.lacks]: false }),
  };
  const create = ({ namespace, ...options }: TargetOptions): World => {
    const state = states.get(namespace) ?? new MemoryState();
    states.set(namespace, state);
    const store = new MemoryStore({
      state,
      decide: breaks.evaluation?.(decide) ?? decide,
      ...(breaks.clock && { clock: breaks.clock }),
    });
    if (breaks.lacks !== undefined) {
      Object.defineProperty(store, breaks.lacks, { value: undefined });
      Object.defineProperty(store, 'capabilities', { value: capabilities });
    }
    const whole = override<Store>(store, breaks.store?.(store) ?? {});
    const world = createWorld(whole, breaks.forgets === undefined ? options : {});
    return override(world, breaks.world?.(world) ?? {});
  };
  return { name: fault, create, capabilities };
}
