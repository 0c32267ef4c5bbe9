import { createWorld } from '@world/sqlite';

/** A module's `createWorld`, with `events.create` replaced. */
export const onCreate = (change) => (options) => {
  const world = createWorld(options);
  return { ...world, events: { ...world.events, create: change(world) } };
};
