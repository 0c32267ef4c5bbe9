import type { Event, EventRequest, World } from '@world/contract';
import { createWorld as createMemoryWorld } from '@world/memory';
import { createWorld, type RemoteWorldOptions } from '@world/remote-http';
import { type ServedWorlds, type ServeOptions, serve } from '@world/remote-http/server';
import { onTestFinished } from 'vitest';

/** A server over worlds in memory, until the test is over. */
export async function served(options: ServeOptions = {}): Promise<ServedWorlds> {
  const server = await serve(
    (namespace) => createMemoryWorld({ url: 'memory:', namespace }),
    options,
  );
  onTestFinished(() => server.stop());
  return server;
}

/** A client, until the test is over. */
export function openWorld(options: RemoteWorldOptions): World {
  const world = createWorld(options);
  onTestFinished(() => world.close());
  return world;
}

export const waitCreated = (correlationId: string): EventRequest => ({
  eventType: 'wait_created',
  correlationId,
  eventData: { resumeAt: new Date(0) },
});

/** A run that was started. */
export async function newRun(world: World): Promise<string> {
  const eventData = { deploymentId: 'd', workflowName: 'w', input: null };
  const { run } = await world.events.create(null, { eventType: 'run_created', eventData });
  const runId = run?.runId ?? '';
  await world.events.create(runId, { eventType: 'run_started' });
  return runId;
}

/** All events of a run. */
export async function readLog(world: World, runId: string): Promise<readonly Event[]> {
  const log: Event[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await world.events.list({ runId, pagination: { cursor, limit: 1000 } });
    log.push(...page.data);
    if (!page.hasMore) return log;
    cursor = page.cursor ?? undefined;
  }
}
