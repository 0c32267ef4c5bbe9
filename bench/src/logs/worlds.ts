import { join } from 'node:path';
import { openFolder } from '@world/app-process';
import type { World } from '@world/contract';
import { createWorld as createMemory } from '@world/memory';
import { createWorld as createRedis } from '@world/redis';
import { createWorld as createRemote } from '@world/remote-http';
import { createWorld as createSqlite } from '@world/sqlite';
import { redisUrl } from '../servers.js';
import type { Log, LogKind } from './log.js';
import { startServer } from './server-process.js';

/** Worlds of this repository, each in a place of its own. */

/** An empty world. */
export interface OpenWorld {
  readonly world: World;
  /** Closes the world, and removes what it stands on. */
  close(): Promise<void>;
}

/** Worlds on the same data, as several processes would have them. */
export interface OpenWorlds {
  readonly worlds: readonly World[];
  close(): Promise<void>;
}

export interface WorldKind {
  readonly name: string;
  open(): Promise<OpenWorld>;
  openMany(count: number): Promise<OpenWorlds>;
}

/** Something empty that worlds can be opened on. */
interface Place {
  open(): World;
  remove?(): Promise<void>;
}

const kindOf = (name: string, openPlace: () => Promise<Place>): WorldKind => {
  const openMany = async (count: number): Promise<OpenWorlds> => {
    const place = await openPlace();
    const worlds = Array.from({ length: count }, () => place.open());
    return {
      worlds,
      async close() {
        // All of them have the same data.
        await worlds[0]?.deleteNamespace();
        for (const world of worlds) await world.close();
        await place.remove?.();
      },
    };
  };
  return {
    name,
    openMany,
    async open() {
      const { worlds, close } = await openMany(1);
      return { world: worlds[0] as World, close };
    },
  };
};

/** Worlds of one process, which share what has the same namespace. */
export const memoryWorld: WorldKind = kindOf('@world/memory', async () => {
  const namespace = crypto.randomUUID();
  return { open: () => createMemory({ namespace }) };
});

export const sqliteWorld = (durability: 'full' | 'relaxed'): WorldKind =>
  kindOf(`@world/sqlite, ${durability}`, async () => {
    const folder = await openFolder();
    const url = `sqlite:${join(folder.path, 'world.db')}`;
    return { open: () => createSqlite({ url, durability }), remove: () => folder.remove() };
  });

export const redisWorld: WorldKind = kindOf('@world/redis', async () => {
  const options = { url: await redisUrl(), namespace: crypto.randomUUID(), onWarning: () => {} };
  return { open: () => createRedis(options) };
});

/** Over a world in the memory of a server process. */
export const remoteWorld: WorldKind = kindOf('@world/remote-http, over memory', async () => {
  const server = await startServer('memory');
  return { open: () => createRemote({ url: server.url }), remove: () => server.stop() };
});

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
