import type { Queue, QueuePayload } from '@world/contract';

/** The messages of a runtime: they wake runs and run steps, over the queue of its world. */

/** A message of the step queue that wakes a run: no lane keeps several of one run apart. */
const TICK = 'tick';
const WORKFLOW_PREFIX = '__wkf_workflow_';
const STEP_PREFIX = '__wkf_step_';
/** Keys of messages that were sent; beyond that the oldest are forgotten, and sent again, which does nothing. */
const MAX_SENT = 10_000;

/** What a delivery asks for. */
export type Ask =
  | { readonly kind: 'tick'; readonly runId: string }
  | {
      readonly kind: 'step';
      readonly runId: string;
      readonly workflowName: string;
      readonly stepId: string;
    };

export class RunMessages {
  readonly #queue: Queue;
  readonly #overlap: number;
  /** What this process has sent. Another one sends again what may have been lost with this one. */
  readonly #sent = new Set<string>();

  /** With `overlap` of 2 or more, each wake is so many messages, which may be delivered at once. */
  constructor(queue: Queue, overlap: number) {
    this.#queue = queue;
    this.#overlap = overlap;
  }

  /** Reads deliveries of both endpoints. */
  handler(
    handle: (ask: Ask, messageId: string) => Promise<{ timeoutSeconds: number } | undefined>,
  ) {
    const endpoints = [WORKFLOW_PREFIX, STEP_PREFIX].map((prefix) => ({
      path: prefix === WORKFLOW_PREFIX ? '/flow' : '/step',
      take: this.#queue.createQueueHandler(prefix, async (message, { messageId }) =>
        handle(askOf(message as QueuePayload), messageId),
      ),
    }));
    return async (request: Request): Promise<Response> => {
      const { pathname } = new URL(request.url);
      const endpoint = endpoints.find(({ path }) => pathname.endsWith(path));
      return endpoint === undefined ? new Response(null, { status: 404 }) : endpoint.take(request);
    };
  }

  /** Has a run looked at. */
  async wake(runId: string, workflowName: string): Promise<void> {
    await this.#wake(runId, workflowName, {});
  }

  /** Has a run looked at when a wait is over; returns the messages that do it, which may have been there before. */
  wakeAt(
    runId: string,
    workflowName: string,
    { id, resumeAt }: { readonly id: string; readonly resumeAt: Date },
  ): Promise<readonly string[]> {
    const delaySeconds = Math.max(0, resumeAt.getTime() - Date.now()) / 1000;
    return this.#wake(runId, workflowName, { idempotencyKey: id, delaySeconds });
  }

  /** Has a step run: once, however often this is called. */
  async runStep(runId: string, workflowName: string, stepId: string): Promise<void> {
    if (this.#sent.has(stepId)) return;
    await this.#queue.queue(
      `${STEP_PREFIX}${workflowName}`,
      stepMessage(runId, workflowName, stepId),
      {
        idempotencyKey: stepId,
      },
    );
    this.#sent.add(stepId);
    const [oldest] = this.#sent;
    if (this.#sent.size > MAX_SENT && oldest !== undefined) this.#sent.delete(oldest);
  }

  async #wake(
    runId: string,
    workflowName: string,
    { idempotencyKey, ...options }: { idempotencyKey?: string; delaySeconds?: number },
  ): Promise<readonly string[]> {
    const copies = Array.from({ length: this.#overlap }, async (_, copy) => {
      const key = idempotencyKey && { idempotencyKey: `${idempotencyKey}#${copy}` };
      const { messageId } =
        this.#overlap === 1
          ? await this.#queue.queue(
              `${WORKFLOW_PREFIX}${workflowName}`,
              { runId },
              { ...options, ...key },
            )
          : await this.#queue.queue(
              `${STEP_PREFIX}${workflowName}`,
              stepMessage(runId, workflowName, TICK),
              { ...options, ...key },
            );
      return messageId as string;
    });
    return Promise.all(copies);
  }
}

const stepMessage = (workflowRunId: string, workflowName: string, stepId: string) => ({
  workflowName,
  workflowRunId,
  workflowStartedAt: 0,
  stepId,
});

function askOf(message: QueuePayload): Ask {
  if ('stepId' in message) {
    const { workflowRunId: runId, workflowName, stepId } = message;
    return stepId === TICK
      ? { kind: 'tick', runId }
      : { kind: 'step', runId, workflowName, stepId };
  }
  if ('runId' in message && message.runId !== undefined)
    return { kind: 'tick', runId: message.runId };
  throw new Error('a message that is about no run');
}
