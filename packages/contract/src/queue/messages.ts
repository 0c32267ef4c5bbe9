import { z } from 'zod';
import { invalidArgument, worldError } from '../errors.js';
import type { OpenCalls } from '../open-calls.js';
import { MAX_PAGE_SIZE } from '../pagination.js';
import { parseArgument } from '../parse.js';
import { QueueNameSchema } from '../queue.js';
import { KeySchema } from '../values.js';
import type {
  ClaimRef,
  ClaimRequest,
  MessageRange,
  MessageStore,
  NewMessage,
  Settlement,
} from './message-store.js';

/** The messages of a world: its store's, with every argument checked. */

const MAX_CLAIM = 1000;
/** As long as timers can be, ms. */
const MAX_LEASE_MS = 2 ** 31 - 1;
const Count = z.number().int().min(1);
const Lease = Count.max(MAX_LEASE_MS);

const NewMessageSchema: z.ZodType<NewMessage> = z.strictObject({
  messageId: KeySchema,
  queueName: QueueNameSchema,
  topic: z.enum(['workflow', 'step']),
  runId: KeySchema.exactOptional(),
  lane: KeySchema.exactOptional(),
  mergeable: z.boolean(),
  idempotencyKey: KeySchema.exactOptional(),
  data: z.instanceof(Uint8Array),
  delayMs: z.number().int().min(0),
  onlyIfIdle: z.boolean(),
});

const ClaimRefSchema: z.ZodType<ClaimRef> = z.strictObject({
  messageId: KeySchema,
  token: KeySchema,
});

const ClaimRequestSchema: z.ZodType<ClaimRequest> = z.strictObject({
  topic: z.enum(['workflow', 'step']),
  limit: Count.max(MAX_CLAIM),
  leaseMs: Lease,
  token: KeySchema,
});

const SettlementSchema: z.ZodType<Settlement> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done') }),
  z.strictObject({
    kind: z.literal('later'),
    delayMs: z.number().int().min(0),
    failed: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('dead'), reason: z.string() }),
]);

const MessageRangeSchema: z.ZodType<MessageRange> = z.strictObject({
  state: z.enum(['waiting', 'claimed', 'dead']).exactOptional(),
  runId: KeySchema.exactOptional(),
  after: KeySchema.exactOptional(),
  limit: Count.max(MAX_PAGE_SIZE),
});

/** Checks, and calls the store. */
export function createMessages(
  store: MessageStore | undefined,
  payloadLimitBytes: number,
  calls: OpenCalls,
): MessageStore {
  const open = (method: string): MessageStore => {
    calls.assertOpen();
    if (store !== undefined) return store;
    throw worldError('NOT_SUPPORTED', `${method}: this world has no queue`, {
      details: { capability: 'queue', method },
    });
  };
  return {
    ...calls.guard<Omit<MessageStore, 'subscribe'>>({
      async enqueue(message) {
        const checked = parseArgument(NewMessageSchema, message, 'message');
        if (checked.data.length > payloadLimitBytes) {
          throw invalidArgument(
            'message',
            `is larger than the limit of ${payloadLimitBytes} bytes`,
          );
        }
        return open('messages.enqueue').enqueue(checked);
      },
      async claim(request) {
        return open('messages.claim').claim(parseArgument(ClaimRequestSchema, request, 'request'));
      },
      async extend(claims, leaseMs) {
        const checked = parseArgument(z.array(ClaimRefSchema), claims, 'claims');
        return open('messages.extend').extend(checked, parseArgument(Lease, leaseMs, 'leaseMs'));
      },
      async settle(claim, settlement) {
        return open('messages.settle').settle(
          parseArgument(ClaimRefSchema, claim, 'claim'),
          parseArgument(SettlementSchema, settlement, 'settlement'),
        );
      },
      async list(range) {
        return open('messages.list').list(parseArgument(MessageRangeSchema, range, ''));
      },
      async redrive(messageId) {
        const checked = parseArgument(KeySchema.optional(), messageId, 'messageId');
        return open('messages.redrive').redrive(checked);
      },
      secret: async () => open('messages.secret').secret(),
    }),
    subscribe: (onDue) => open('messages.subscribe').subscribe(onDue),
  };
}
