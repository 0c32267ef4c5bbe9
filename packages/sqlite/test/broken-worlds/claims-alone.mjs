// A world in which each process keeps tokens of its own.
import { onCreate } from './on-create.mjs';

export const createWorld = onCreate(({ events }) => (runId, data, params) => {
  if (data.eventType !== 'hook_created') return events.create(runId, data, params);
  const token = `${data.eventData.token} of ${process.pid}`;
  return events.create(runId, { ...data, eventData: { ...data.eventData, token } }, params);
});
