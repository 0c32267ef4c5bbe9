import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { emptyPostgresUrl } from '../servers.js';
import type { LogKind } from './log.js';

/** An event store for PostgreSQL that knows nothing of workflows: a stream for each run. */
export const emmett: LogKind = {
  name: '@event-driven-io/emmett-postgresql',
  async open() {
    const store = getPostgreSQLEventStore(await emptyPostgresUrl());
    await store.schema.migrate();
    return {
      openRun: async () => `run-${crypto.randomUUID()}`,
      async append(runId, events) {
        const messages = events.map(({ eventType, correlationId, ...event }) => ({
          type: eventType,
          data: { correlationId, eventData: 'eventData' in event ? event.eventData : undefined },
        }));
        const { nextExpectedStreamVersion } = await store.appendToStream(runId, messages);
        return String(nextExpectedStreamVersion);
      },
      close: () => store.close(),
    };
  },
};
