import { type CreateEventRequest, EventRequestSchema } from '@world/contract';
import type { LogKind } from './log.js';

/** The least that memory can do: one check of the event, and a list for each run. */
export const rawMap: LogKind = {
  name: 'a Map of arrays',
  async open() {
    const runs = new Map<string, CreateEventRequest[]>();
    return {
      async openRun() {
        const runId = `${runs.size}`;
        runs.set(runId, []);
        return runId;
      },
      async append(runId, events) {
        const log = runs.get(runId) ?? [];
        for (const event of events) log.push(EventRequestSchema.parse(event) as CreateEventRequest);
        return `${log.length}`;
      },
      close: async () => {},
    };
  },
};
