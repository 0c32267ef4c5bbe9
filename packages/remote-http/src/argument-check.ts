import { createWorld, type Store, type World, type WorldOptions } from '@world/contract';

/**
 * Checks arguments before they travel, exactly as every world does: by a world whose store does nothing but tell that it was
 * reached. What cannot be written down (functions, cycles, half surrogates) is refused here, since it would not arrive.
 */

const REACHED: unique symbol = Symbol('the arguments are good');

const reached = async (): Promise<never> => {
  throw REACHED;
};

const probe: Store = {
  capabilities: { durable: false, shared: false, queue: false, streams: false, push: false },
  append: reached,
  readRun: reached,
  readEntity: reached,
  findEntity: reached,
  readTokenOwner: reached,
  readEvents: reached,
  readEventsAt: reached,
  readCorrelatedEvents: reached,
  listRuns: reached,
  listEntities: reached,
  prune: reached,
  subscribe: () => () => {},
  deleteNamespace: reached,
  close: async () => {},
};

/** A world that checks arguments, and does nothing else. @throws INVALID_ARGUMENT for bad options. */
export const createCheckingWorld = (options: WorldOptions): World => createWorld(probe, options);

/** Resolves when a call on a checking world has reached its store. @throws what every world throws for bad arguments. */
export async function expectReached(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (error !== REACHED) throw error;
  }
}
