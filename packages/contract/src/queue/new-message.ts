import { monotonicFactory } from 'ulid';
import { z } from 'zod';
import { decodeData, encodeData } from '../codec.js';
import { invalidArgument } from '../errors.js';
import { parseArgument } from '../parse.js';
import { QueueNameSchema, QueueOptionsSchema } from '../queue.js';
import { findUnstorable, KeySchema } from '../values.js';
import type { NewMessage, Topic } from './message-store.js';

/** Ids of one process ascend in the order in which they were made. */
const nextUlid = monotonicFactory();

/** What the data of a message holds. */
export interface MessageContent {
  readonly message: unknown;
  /** Sent with each delivery. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The endpoint behind a queue name or its prefix. */
export const topicOf = (queueName: string): Topic =>
  /^__(?:[a-z][a-z0-9]*_)?wkf_workflow_/.test(queueName) ? 'workflow' : 'step';

const IdsSchema = z.union([
  z.looseObject({ __healthCheck: z.literal(true), runId: KeySchema.optional() }),
  z.looseObject({ runId: KeySchema }),
  z.looseObject({ workflowRunId: KeySchema, stepId: KeySchema }),
]);

/** A wake: whoever looks at the run afterwards has done all that it asks for. */
const WAKE_FIELDS: ReadonlySet<string> = new Set(['runId', 'traceCarrier', 'requestedAt']);

/** @throws INVALID_ARGUMENT */
export function newMessage(
  queueName: unknown,
  message: unknown,
  options: unknown,
  payloadLimitBytes: number,
): NewMessage {
  const name = parseArgument(QueueNameSchema, queueName, 'queueName');
  const {
    headers,
    idempotencyKey,
    delaySeconds = 0,
  } = parseArgument(QueueOptionsSchema, options ?? {}, 'opts');
  const ids = parseArgument(IdsSchema, message, 'message');
  const found = findUnstorable(message, 'message', payloadLimitBytes);
  if (found !== undefined) throw invalidArgument(found.path, found.problem);
  const topic = topicOf(name);
  const runId = (ids.runId ?? ids.workflowRunId) as string | undefined;
  const given = Object.entries(ids).filter(([, value]) => value !== undefined);
  const content: MessageContent = { message, ...(headers && { headers }) };
  return {
    messageId: `msg_${nextUlid()}`,
    queueName: name,
    topic,
    ...(runId !== undefined && { runId }),
    ...(runId !== undefined && topic === 'workflow' && { lane: runId }),
    mergeable: topic === 'workflow' && given.every(([field]) => WAKE_FIELDS.has(field)),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    data: encodeData(content),
    delayMs: Math.ceil(delaySeconds * 1000),
    onlyIfIdle: false,
  };
}

/** A message that wakes a run, to be added only when nothing else will. */
export function recoveryMessage(runId: string, queueName: string): NewMessage {
  return {
    messageId: `msg_${nextUlid()}`,
    queueName,
    topic: 'workflow',
    runId,
    lane: runId,
    mergeable: true,
    idempotencyKey: `recovery:${runId}`,
    data: encodeData({ message: { runId } } satisfies MessageContent),
    delayMs: 0,
    onlyIfIdle: true,
  };
}

/** @throws whatever the decoder throws for what it did not write. */
export const contentOf = (data: Uint8Array): MessageContent => decodeData(data) as MessageContent;
