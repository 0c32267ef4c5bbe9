// argv: the module of the world, a World URL, a run id. Appends to the run without end, and reports each id that was acknowledged.
const [specifier = '', url, runId = ''] = process.argv.slice(2);
const { createWorld } = await import(specifier);
const world = createWorld({ url });
process.once('disconnect', () => process.exit());
for (;;) {
  const { event } = await world.events.create(runId, {
    eventType: 'wait_created',
    correlationId: `wait-${crypto.randomUUID()}`,
    eventData: { resumeAt: new Date() },
  });
  process.send?.(event.eventId);
}
