// A process that runs workflows until it is killed: creates runs, claims tokens that others want too, disposes some of
// its hooks, and ends runs. Reports every acknowledged event.
import { createRunId } from '@world/contract';
import { createWorld } from '@world/redis';

const { url, namespace, name, tokens } = JSON.parse(process.argv[2] ?? '');
process.on('disconnect', () => process.exit());
const world = createWorld({ url, namespace });
const eventData = { deploymentId: name, workflowName: 'flow', input: 1 };

for (let i = 0; ; i += 1) {
  const runId = createRunId();
  const append = async (request) => {
    const { event } = await world.events.create(runId, request);
    process.send?.({ runId, eventId: event?.eventId });
  };
  await append({ eventType: 'run_created', eventData });
  await append({ eventType: 'run_started' });
  const hooks = [0, 1].map((n) => ({
    id: `hook-${n}`,
    token: tokens[(i + n) % tokens.length] ?? '',
  }));
  for (const { id, token } of hooks) {
    await append({ eventType: 'hook_created', correlationId: id, eventData: { token } });
  }
  const [first] = (await world.hooks.list({ runId })).data;
  if (first !== undefined)
    await append({ eventType: 'hook_disposed', correlationId: first.hookId });
  await append({ eventType: 'run_completed', eventData: {} });
}
