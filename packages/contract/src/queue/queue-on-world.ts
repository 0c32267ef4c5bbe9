import { DEFAULT_PAYLOAD_LIMIT_BYTES } from '../create-world.js';
import { lookMsOf } from '../look-ms.js';
import { OpenCalls } from '../open-calls.js';
import { parseArgument } from '../parse.js';
import type { QueueHandler } from '../queue.js';
import type { World } from '../world.js';
import { createQueue, type RunningQueue } from './create-queue.js';
import { type QueueSettings, QueueSettingsSchema, resolveQueueSettings } from './settings.js';

/**
 * A queue of its own on the messages of a world, which delivers to a handler in this process: for runtimes. The world itself
 * is not to be started then. Closing the queue leaves it open.
 * @throws INVALID_ARGUMENT for bad settings.
 */
export function createQueueOn(
  world: World,
  handler: QueueHandler,
  settings: QueueSettings = {},
): RunningQueue {
  const { messages, runs, capabilities } = world;
  return createQueue({
    messages: capabilities.queue ? messages : undefined,
    runs,
    settings: resolveQueueSettings(parseArgument(QueueSettingsSchema, settings, 'queue')),
    payloadLimitBytes: DEFAULT_PAYLOAD_LIMIT_BYTES,
    lookMs: lookMsOf(capabilities),
    calls: new OpenCalls(),
    handler,
  });
}
