import { worldError } from '../errors.js';
import type { OpenCalls } from '../open-calls.js';
import type { Queue, QueueHandler } from '../queue.js';
import type { Runs } from '../world.js';
import { deliver, handOver } from './deliver.js';
import type { MessageStore } from './message-store.js';
import { newMessage } from './new-message.js';
import { createQueueHandler } from './queue-handler.js';
import { Recovery } from './recovery.js';
import {
  givenSecrets,
  KeptSecret,
  type SecretKeeper,
  sharedKeeper,
  shareKeeper,
} from './secret-keeper.js';
import type { ResolvedQueueSettings } from './settings.js';
import { DeliveryWorker } from './worker.js';

/** A queue, and what runs behind it between `start` and `close`. */
export interface RunningQueue {
  readonly queue: Queue;
  start(): Promise<void>;
  /** Undefined when nothing runs. */
  close(): Promise<void> | undefined;
}

export interface QueueParts {
  /** Absent: the world has no queue. */
  readonly messages: MessageStore | undefined;
  readonly runs: Runs;
  readonly settings: ResolvedQueueSettings;
  readonly payloadLimitBytes: number;
  /** How often a worker looks for messages by itself, ms. */
  readonly lookMs: number;
  readonly calls: OpenCalls;
  /** Takes deliveries in this process; when absent, they are sent to the app. */
  readonly handler?: QueueHandler;
}

/** The queue of a world: adds messages, takes deliveries, and delivers when it is started. */
export function createQueue(parts: QueueParts): RunningQueue {
  const { messages, calls } = parts;
  return messages === undefined ? noQueue(calls) : queueOf({ ...parts, messages });
}

function queueOf(parts: QueueParts & { readonly messages: MessageStore }): RunningQueue {
  const { messages, runs, settings, payloadLimitBytes, lookMs, calls, handler } = parts;
  const { role, deploymentId, workflowPrefix, recoveryMs, onProblem } = settings;
  const { place } = messages;
  const own =
    settings.secrets.length > 0 ? givenSecrets(settings.secrets) : new KeptSecret(messages);
  const shares = settings.secrets.length === 0 && place !== undefined;
  /** Of the world that delivers here, where there is one. */
  const keeper = (): SecretKeeper => (shares ? sharedKeeper(place) : undefined) ?? own;
  let stop: (() => Promise<void>) | undefined;
  let closed: Promise<void> | undefined;

  return {
    queue: {
      ...calls.guard({
        getDeploymentId: async () => deploymentId,
        async queue(queueName: string, message: unknown, options?: unknown) {
          const made = newMessage(queueName, message, options, payloadLimitBytes);
          const { messageId } = await messages.enqueue(made);
          return { messageId: messageId as never };
        },
      }),
      createQueueHandler(prefix, taker) {
        calls.assertOpen();
        return createQueueHandler(prefix, taker, keeper);
      },
    },
    async start() {
      if (role === 'producer' || stop !== undefined) return;
      const unshare = shares ? shareKeeper(place, own) : undefined;
      const deliverer = { ...settings, secrets: own };
      const worker = new DeliveryWorker(messages, {
        ...settings,
        lookMs,
        deliver: (message, signal) =>
          handler === undefined
            ? deliver(deliverer, message, signal)
            : handOver(handler, message, signal),
      });
      const recovery = new Recovery({
        runs,
        messages,
        workflowPrefix,
        everyMs: recoveryMs,
        onProblem,
      });
      stop = async () => {
        await recovery.close();
        await worker.close(settings.drainMs);
        unshare?.();
        await settings.close();
      };
      if (recoveryMs > 0) await recovery.start();
    },
    close() {
      closed ??= stop?.();
      return closed;
    },
  };
}

/** The queue of a store that has none. */
function noQueue(calls: OpenCalls): RunningQueue {
  const refuse = (method: string): never => {
    calls.assertOpen();
    throw worldError('NOT_SUPPORTED', `${method}: this world has no queue`, {
      details: { capability: 'queue', method },
    });
  };
  const queue: Queue = {
    getDeploymentId: async () => refuse('getDeploymentId'),
    queue: async () => refuse('queue'),
    createQueueHandler: () => refuse('createQueueHandler'),
  };
  return { queue, async start() {}, close: () => undefined };
}
