import type { getWorld } from 'workflow/runtime';

type World = ReturnType<typeof getWorld>;

/** Something that a world holds of a run, as JSON; bytes in it as one character each. */
export interface StoredPart {
  /** The type of an event, or the name of what is not one. */
  readonly what: string;
  readonly text: string;
}

/** All data that a world holds of a run of less than 1000 events. */
export async function readStored(world: World, runId: string): Promise<StoredPart[]> {
  const pagination = { limit: 1000, sortOrder: 'asc' } as const;
  const events = await world.events.list({ runId, pagination, resolveData: 'all' });
  const steps = await world.steps.list({ runId, pagination, resolveData: 'all' });
  const hooks = await world.hooks.list({ runId, pagination, resolveData: 'all' });
  const names = await world.listStreamsByRunId(runId);
  const streams = await Promise.all(names.map((name) => world.getStreamChunks(name, runId)));
  return [
    ...events.data.map((event) => part(event.eventType, event)),
    part('run', await world.runs.get(runId)),
    ...steps.data.map((step) => part('step', step)),
    ...hooks.data.map((hook) => part('hook', hook)),
    ...streams.map(({ data }) => part('stream', data)),
  ];
}

const part = (what: string, value: unknown): StoredPart => ({
  what,
  text: JSON.stringify(value, (_, one) =>
    one instanceof Uint8Array ? Buffer.from(one).toString('latin1') : one,
  ),
});
