import type { Queue, QueueDelivery, QueuePayload, StepInvokePayload } from '@world/contract';

/** The messages of a runtime: they wake runs and run steps, over the queue of its world. */

export const WORKFLOW_PREFIX = '__wkf_workflow_';
export const STEP_PREFIX = '__wkf_step_';
/** Of queues with a namespace too: recovery may send such messages. */
const PREFIX = /^__(?:[a-z][a-z0-9]*_)?wkf_(?:workflow|step)_/;
/** In the place of a step's id: wakes the run. Messages of the step queue are not kept apart, so that ticks overlap. */
const TICK = 'tick';
/** A year, less than any queue refuses. A message that comes before its time is put back. */
const MAX_DELAY_S = 365 * 86_400;
/** Steps that are remembered to have been sent, and for how long: then they are sent again, which does nothing unless they were lost. */
const MAX_SENT = 10_000;
const REMEMBERED_MS = 10_000;

/** A step of a run. */
export interface StepRef {
  readonly id: string;
  readonly name: string;
}

/** What a delivery asks for: to look at a run, or to run a step. */
export interface Ask {
  readonly runId: string;
  readonly workflowName: string;
  readonly step?: StepRef;
  readonly messageId: string;
}

/** What becomes of a delivery: nothing more, or once more after that time. */
export type Answer = { timeoutSeconds: number } | undefined;

type StepMessage = StepInvokePayload & { readonly stepName: string };

export class RunMessages {
  readonly #queue: Queue;
  readonly #overlap: number;
  /** What this process has sent, and when. Another one sends again what may have been lost with this one. */
  readonly #sent = new Map<string, number>();

  /** With `overlap` of 2 or more, a wake is so many messages, which are delivered at once. */
  constructor(queue: Queue, overlap: number) {
    this.#queue = queue;
    this.#overlap = overlap;
  }

  /** Has a run looked at: now, or when a wait is over. Returns the messages that do it, which may have been there before. */
  wake(
    runId: string,
    workflowName: string,
    wait?: { readonly id: string; readonly resumeAtMs: number },
  ): Promise<readonly string[]> {
    const copies = Array.from({ length: this.#overlap }, async (_, copy) => {
      const options = wait && {
        idempotencyKey: `${wait.id}#${copy}`,
        delaySeconds: Math.min(Math.max(0, (wait.resumeAtMs - Date.now()) / 1000), MAX_DELAY_S),
      };
      const { messageId } =
        this.#overlap === 1
          ? await this.#queue.queue(`${WORKFLOW_PREFIX}${workflowName}`, { runId }, options)
          : await this.#queueStep(runId, workflowName, { id: TICK, name: TICK }, options);
      return messageId as string;
    });
    return Promise.all(copies);
  }

  /** Has a step run: once, however often this is called. */
  async runStep(runId: string, workflowName: string, step: StepRef): Promise<void> {
    const now = performance.now();
    if (now - (this.#sent.get(step.id) ?? Number.NEGATIVE_INFINITY) < REMEMBERED_MS) return;
    await this.#queueStep(runId, workflowName, step, { idempotencyKey: step.id });
    this.#sent.set(step.id, now);
    const [oldest = ''] = this.#sent.keys();
    if (this.#sent.size > MAX_SENT) this.#sent.delete(oldest);
  }

  #queueStep(workflowRunId: string, workflowName: string, { id, name }: StepRef, options = {}) {
    const ids = { workflowName, workflowRunId, workflowStartedAt: 0, stepId: id };
    const message = { ...ids, stepName: name };
    return this.#queue.queue(`${STEP_PREFIX}${workflowName}`, message, options);
  }
}

/** Reads a delivery. @throws Error for a message that is about no run */
export function askOf(message: QueuePayload, { queueName, messageId }: QueueDelivery): Ask {
  const workflowName = queueName.replace(PREFIX, '');
  if ('stepId' in message) {
    const { workflowRunId: runId, stepId: id, stepName: name } = message as StepMessage;
    return { runId, workflowName, messageId, ...(id !== TICK && { step: { id, name } }) };
  }
  if ('__healthCheck' in message) throw new Error('a message about no run');
  return { runId: message.runId, workflowName, messageId };
}
