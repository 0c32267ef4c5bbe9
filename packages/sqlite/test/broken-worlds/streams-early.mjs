// A world that acknowledges a write to a stream, and then writes it.
import { createWorld as open } from '@world/sqlite';

export const createWorld = (options) => {
  const world = open(options);
  let written = Promise.resolve();
  return {
    ...world,
    async writeToStreamMulti(...write) {
      written = written.then(() => world.writeToStreamMulti(...write));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};
