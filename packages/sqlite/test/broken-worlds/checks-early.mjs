// A world that checks the fence, and then commits.
import { worldError } from '@world/contract';
import { onCreate } from './on-create.mjs';

export const createWorld = onCreate(
  ({ events, runs }) =>
    async (runId, data, { lastKnownEventId, ...params } = {}) => {
      const tail = (await runs.get(runId)).lastKnownEventId;
      if (lastKnownEventId !== undefined && lastKnownEventId !== tail) {
        throw worldError('FENCE_CONFLICT', 'the log has moved on');
      }
      return events.create(runId, data, params);
    },
);
