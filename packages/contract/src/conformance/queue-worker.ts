import assert from 'node:assert/strict';
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

/** What is outstanding for longer is never delivered. */
const DEADLINE_MS = 15_000;

/** Resolves when nothing is outstanding; fails after 15 s. */
export async function idle(world: World): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const outstanding = (await allMessages(world)).filter(({ state }) => state !== 'dead');
    if (outstanding.length === 0) return;
    const left = outstanding.map(({ messageId, state }) => `${messageId} ${state}`).join(', ');
    assert.ok(Date.now() < deadline, `outstanding after ${DEADLINE_MS} ms: ${left}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
