// A process with several writers that append waits to one run at once, as fast as they can; reports when it is ready, and
// when all are written. Starts when it is told to.
import { once } from 'node:events';
import { createWorld } from '@world/redis';

const { url, namespace, runId, name, writers, count } = JSON.parse(process.argv[2] ?? '');
process.on('disconnect', () => process.exit());
const world = createWorld({ url, namespace });
await world.runs.get(runId);
process.send?.('ready');
await once(process, 'message');
const eventData = { resumeAt: new Date(0) };
await Promise.all(
  Array.from({ length: writers }, async (_, writer) => {
    for (let i = 0; i < count; i += 1) {
      const correlationId = `${name}-${writer}-${i}`;
      await world.events.create(runId, { eventType: 'wait_created', correlationId, eventData });
    }
  }),
);
await world.close();
process.send?.('done');
process.disconnect?.();
