// A world that takes a signal for a hook that is gone, and does nothing with it.
import { WorldError } from '@world/contract';
import { onCreate } from './on-create.mjs';

export const createWorld = onCreate(
  ({ events }) =>
    (...append) =>
      events.create(...append).catch((error) => {
        if (WorldError.is(error, 'HOOK_NOT_FOUND')) return {};
        throw error;
      }),
);
