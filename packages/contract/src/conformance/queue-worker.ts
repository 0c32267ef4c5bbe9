import type { QueueSettings } from '../queue/settings.js';
import type { World } from '../world.js';
import type { AppServer } from './app-server.js';
import { allMessages } from './queue-given.js';
import type { TestContext } from './types.js';

/** Problems are expected here, and not for the console. */
export const quiet: QueueSettings = { onProblem: () => {} };

/** A world that delivers to an app. */
export async function delivering(
  { open }: Pick<TestContext, 'open'>,
  app: AppServer,
  settings: QueueSettings = {},
): Promise<World> {
  const world = await open({ ...quiet, baseUrl: app.baseUrl, ...settings });
  await world.start();
  return world;
}

/** Resolves when nothing is outstanding. */
export async function idle(world: World): Promise<void> {
  while ((await allMessages(world)).some(({ state }) => state !== 'dead')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
