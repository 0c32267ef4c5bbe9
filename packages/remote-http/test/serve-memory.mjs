import { createWorld } from '@world/memory';
import { serve } from '@world/remote-http/server';

const EVENTS = 100_000;
const BATCH = 1000;

const world = createWorld({ url: 'memory:' });
const eventData = { deploymentId: 'd', workflowName: 'w', input: null };
const { run } = await world.events.create(null, { eventType: 'run_created', eventData });
for (let from = 0; from < EVENTS; from += BATCH) {
  const waits = Array.from({ length: BATCH }, (_, i) => ({
    eventType: 'wait_created',
    correlationId: `wait-${from + i}`,
    eventData: { resumeAt: new Date(0) },
  }));
  await world.events.createBatch(run.runId, waits);
}
const { url } = await serve(() => world);
process.send({ url, runId: run.runId });
process.on('message', () => {
  globalThis.gc();
  // What it holds; how much of what it let go the system has back is a matter of luck.
  const { heapUsed, external } = process.memoryUsage();
  process.send(heapUsed + external);
});
process.on('disconnect', () => process.exit());
