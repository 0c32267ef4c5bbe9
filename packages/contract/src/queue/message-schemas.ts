import { z } from 'zod';
import type { FieldsOf } from '../fields-of.js';
import { MAX_PAGE_SIZE } from '../pagination.js';
import { QueueNameSchema } from '../queue.js';
import { BytesSchema, KeySchema } from '../values.js';
import {
  type Claimed,
  type ClaimedMessage,
  type ClaimRef,
  type ClaimRequest,
  type Enqueued,
  MAX_CLAIM,
  type MessageHead,
  type MessageRange,
  type MessageRecord,
  type NewMessage,
  type Settlement,
} from './message-store.js';

/** What the calls on messages take and give. */

/** As long as timers can be, ms. */
const MAX_LEASE_MS = 2 ** 31 - 1;
const Count = z.number().int().min(1);
/** A lease, ms. */
export const LeaseSchema: z.ZodType<number> = Count.max(MAX_LEASE_MS);

const TopicSchema = z.enum(['workflow', 'step']);
const StateSchema = z.enum(['waiting', 'claimed', 'dead']);

const head = {
  messageId: KeySchema,
  queueName: QueueNameSchema,
  topic: TopicSchema,
  runId: KeySchema.exactOptional(),
  lane: KeySchema.exactOptional(),
  mergeable: z.boolean(),
  idempotencyKey: KeySchema.exactOptional(),
  data: BytesSchema,
} satisfies FieldsOf<MessageHead>;

/** A message to add. */
export const NewMessageSchema: z.ZodType<NewMessage> = z.strictObject({
  ...head,
  delayMs: z.number().int().min(0),
  onlyIfIdle: z.boolean(),
} satisfies FieldsOf<NewMessage>);

/** What became of a message that was to be added. */
export const EnqueuedSchema: z.ZodType<Enqueued> = z.object({
  messageId: z.string(),
  added: z.boolean(),
} satisfies FieldsOf<Enqueued>);

/** What a claim gives. */
export const ClaimedSchema: z.ZodType<Claimed> = z.object({
  messages: z.array(
    z.object({
      ...head,
      failures: z.number().int().min(0),
    } satisfies FieldsOf<ClaimedMessage>),
  ),
  nextInMs: z.number().min(0).exactOptional(),
} satisfies FieldsOf<Claimed>);

/** A message as lists show it. */
export const MessageRecordSchema: z.ZodType<MessageRecord> = z.object({
  ...head,
  state: StateSchema,
  failures: z.number().int().min(0),
  dueAt: z.number(),
  reason: z.string().exactOptional(),
} satisfies FieldsOf<MessageRecord>);

/** A claim. */
export const ClaimRefSchema: z.ZodType<ClaimRef> = z.strictObject({
  messageId: KeySchema,
  token: KeySchema,
});

/** What is claimed. */
export const ClaimRequestSchema: z.ZodType<ClaimRequest> = z.strictObject({
  topic: TopicSchema,
  limit: Count.max(MAX_CLAIM),
  leaseMs: LeaseSchema,
  token: KeySchema,
});

/** What became of a delivery. */
export const SettlementSchema: z.ZodType<Settlement> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done') }),
  z.strictObject({
    kind: z.literal('later'),
    delayMs: z.number().int().min(0),
    failed: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('dead'), reason: z.string() }),
]);

/** Which messages to list. */
export const MessageRangeSchema: z.ZodType<MessageRange> = z.strictObject({
  state: StateSchema.exactOptional(),
  runId: KeySchema.exactOptional(),
  after: KeySchema.exactOptional(),
  limit: Count.max(MAX_PAGE_SIZE),
});
