import { z } from 'zod';
import { KeySchema } from './values.js';

/** The queue of a World, as `@workflow/world@4.5.0` has it: at-least-once delivery to the app's flow and step endpoints. */

/** `__wkf_workflow_…` or `__wkf_step_…`, with a namespace `__{namespace}_wkf_…`. */
const QUEUE_NAME = /^__(?:[a-z][a-z0-9]*_)?wkf_(?:workflow|step)_/;

/** Checks the name of a queue: `__wkf_workflow_…`, `__wkf_step_…`, or one with a namespace. */
export const QueueNameSchema: z.ZodType<string> = KeySchema.regex(QUEUE_NAME);

/** Id of a message, stable across redeliveries. */
export type MessageId = string & z.core.$brand<'MessageId'>;

/** Wakes a run. */
export interface WorkflowInvokePayload {
  runId: string;
  traceCarrier?: Record<string, string> | undefined;
  requestedAt?: Date | undefined;
  replayDivergence?: { eventId: string; count: number } | undefined;
  serverErrorRetryCount?: number | undefined;
  runInput?:
    | {
        input: unknown;
        deploymentId: string;
        workflowName: string;
        specVersion: number;
        executionContext?: Record<string, unknown> | undefined;
      }
    | undefined;
}

/** Runs a step. */
export interface StepInvokePayload {
  workflowName: string;
  workflowRunId: string;
  /** Epoch ms. */
  workflowStartedAt: number;
  stepId: string;
  traceCarrier?: Record<string, string> | undefined;
  requestedAt?: Date | undefined;
}

export interface HealthCheckPayload {
  __healthCheck: true;
  correlationId: string;
}

/** What a message can be. */
export type QueuePayload = WorkflowInvokePayload | StepInvokePayload | HealthCheckPayload;

/** Options of a message. `delaySeconds`: not delivered before that time has passed. */
export interface QueueOptions {
  deploymentId?: string;
  /** Held only while a message of that key is outstanding. */
  idempotencyKey?: string;
  headers?: Record<string, string>;
  delaySeconds?: number;
  specVersion?: number;
}

/** A hundred years: times stay numbers that every store can hold. */
export const MAX_DELAY_SECONDS: number = 100 * 366 * 86_400;

/** What the delivery itself says, or the connection. */
const RESERVED_HEADER =
  /^(?:x-world-.*|host|content-.*|transfer-encoding|connection|keep-alive|upgrade|expect|te|trailer)$/i;
/** As in RFC 9110. */
const HeaderNameSchema = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, 'is no name of a header')
  .refine((name) => !RESERVED_HEADER.test(name), 'is a header of the delivery itself');
const HeaderValueSchema = z.string().regex(/^[\t\x20-\x7e]*$/, 'is no value of a header');

/** Checks the options of a message. */
export const QueueOptionsSchema: z.ZodType<{
  [K in keyof QueueOptions]: QueueOptions[K] | undefined;
}> = z.object({
  deploymentId: KeySchema.optional(),
  idempotencyKey: KeySchema.optional(),
  headers: z.record(HeaderNameSchema, HeaderValueSchema).optional(),
  delaySeconds: z.number().min(0).max(MAX_DELAY_SECONDS).optional(),
  specVersion: z.number().int().min(1).optional(),
});

/** What a handler is told about a delivery. */
export interface QueueDelivery {
  /** 1 for the first; grows with failures, not with reschedules. */
  attempt: number;
  queueName: string;
  messageId: MessageId;
  requestId?: string;
}

/** Handles a delivery; `timeoutSeconds` asks for the same message again after that time, 0 meaning now. */
export type QueueHandler = (
  message: unknown,
  delivery: QueueDelivery,
  // biome-ignore lint/suspicious/noConfusingVoidType: the type that @workflow/world imposes
) => Promise<void | { timeoutSeconds: number }>;

/** Messages to the app: delivered at least once. */
export interface Queue {
  getDeploymentId(): Promise<string>;
  /** @throws NOT_SUPPORTED when `capabilities.queue` is false. */
  queue(
    queueName: string,
    message: QueuePayload,
    opts?: QueueOptions,
  ): Promise<{ messageId: MessageId | null }>;
  /** @throws NOT_SUPPORTED when `capabilities.queue` is false. */
  createQueueHandler(
    queueNamePrefix: string,
    handler: QueueHandler,
  ): (req: Request) => Promise<Response>;
}
