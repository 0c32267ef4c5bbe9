import { worldError } from '../errors.js';
import type { OpenCalls } from '../open-calls.js';
import type { Queue } from '../queue.js';
import type { Runs } from '../world.js';
import type { MessageStore } from './message-store.js';
import { newMessage } from './new-message.js';
import { createQueueHandler } from './queue-handler.js';
import { Recovery } from './recovery.js';
import type { ResolvedQueueSettings } from './settings.js';
import { sharedSecrets, shareSecret } from './shared-secrets.js';
import type { Secret } from './signature.js';
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
}

/** The queue of a world: adds messages, takes deliveries, and delivers when it is started. */
export function createQueue(parts: QueueParts): RunningQueue {
  const { messages, calls } = parts;
  return messages === undefined ? noQueue(calls) : queueOf({ ...parts, messages });
}

function queueOf(parts: QueueParts & { readonly messages: MessageStore }): RunningQueue {
  const { messages, runs, settings, payloadLimitBytes, lookMs, calls } = parts;
  const { role, deploymentId, workflowPrefix, recoveryMs, onProblem } = settings;
  let kept: Promise<Secret> | undefined;
  /** Of the namespace; asked for once, and again when that fails. */
  const keptSecret = (): Promise<Secret> => {
    kept ??= messages.secret().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
  const ownSecret = async (): Promise<Secret> => settings.secrets[0] ?? (await keptSecret());
  const sources =
    settings.secrets.length > 0
      ? [async () => settings.secrets]
      : [sharedSecrets, async () => [await keptSecret()]];
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
      createQueueHandler(prefix, handler) {
        calls.assertOpen();
        return createQueueHandler(prefix, handler, sources);
      },
    },
    async start() {
      if (role === 'producer' || stop !== undefined) return;
      const unshare = shareSecret(ownSecret);
      const worker = new DeliveryWorker(messages, { ...settings, lookMs, secret: ownSecret });
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
        unshare();
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
