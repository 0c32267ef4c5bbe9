// A world that acknowledges an append, and then writes it.
import { onCreate } from './on-create.mjs';

export const createWorld = onCreate(({ events }) => {
  let written = Promise.resolve();
  return async (...append) => {
    written = written.then(() => events.create(...append));
    await new Promise((resolve) => setImmediate(resolve));
    return {};
  };
});
