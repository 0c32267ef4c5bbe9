import { join } from 'node:path';
import { openFolder } from '@world/app-process';
import type { World } from '@world/contract';
import { createWorld as createMemory } from '@world/memory';
import { createWorld as createRedis } from '@world/redis';
import { createWorld as createRemote } from '@world/remote-http';
import { createWorld as createSqlite } from '@world/sqlite';
import type { Log, LogKind } from './log.js';
import { startServer } from './server-process.js';

/** Worlds of this repository, each in a place of its own. */

/** An empty world, and what it stands on. */
export interface OpenWorld {
  readonly world: World;
  /** Closes the world too. */
  close(): Promise<void>;
}

export interface WorldKind {
  readonly name: string;
  open(): Promise<OpenWorld>;
}

export const memoryWorld: WorldKind = {
  name: '@world/memory',
  async open() {
    const world = createMemory({ namespace: crypto.randomUUID() });
    return { world, close: () => world.close() };
  },
};

export const sqliteWorld = (durability: 'full' | 'relaxed'): WorldKind => ({
  name: `@world/sqlite, ${durability}`,
  async open() {
    const folder = await openFolder();
    const world = createSqlite({ url: `sqlite:${join(folder.path, 'world.db')}`, durability });
    return {
      world,
      async close() {
        await world.close();
        await folder.remove();
      },
    };
  },
});

export const redisWorld = (url: () => Promise<string>): WorldKind => ({
  name: '@world/redis',
  async open() {
    const options = { url: await url(), namespace: crypto.randomUUID(), onWarning: () => {} };
    const world = createRedis(options);
    return {
      world,
      async close() {
        await world.deleteNamespace();
        await world.close();
      },
    };
  },
});

/** Over a world in the memory of a server process. */
export const remoteWorld: WorldKind = {
  name: '@world/remote-http, over memory',
  async open() {
    const server = await startServer('memory');
    const world = createRemote({ url: server.url });
    return {
      world,
      async close() {
        await world.close();
        await server.stop();
      },
    };
  },
};

/** A world as a log. */
export const logOf = ({ name, open }: WorldKind): LogKind => ({
  name,
  async open() {
    const { world, close } = await open();
    return { ...logFrom(world), close };
  },
});

/** An open world as a log. */
export function logFrom(world: World): Log {
  return {
    async openRun() {
      const eventData = { deploymentId: 'bench', workflowName: 'bench', input: null };
      const created = await world.events.create(null, { eventType: 'run_created', eventData });
      const { runId } = created.run;
      await world.events.create(runId, { eventType: 'run_started' });
      return runId;
    },
    async append(runId, events, lastKnownEventId) {
      const params = lastKnownEventId === undefined ? undefined : { lastKnownEventId };
      const [event] = events;
      if (events.length > 1 || event === undefined) {
        return (await world.events.createBatch(runId, events, params)).lastKnownEventId;
      }
      const created = await world.events.create(runId, event, params);
      return created.event?.eventId ?? '';
    },
    close: () => world.close(),
  };
}
