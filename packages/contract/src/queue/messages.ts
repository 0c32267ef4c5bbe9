import { z } from 'zod';
import { invalidArgument, worldError } from '../errors.js';
import type { OpenCalls } from '../open-calls.js';
import { parseArgument } from '../parse.js';
import { KeySchema } from '../values.js';
import {
  ClaimRefSchema,
  ClaimRequestSchema,
  LeaseSchema,
  MessageRangeSchema,
  NewMessageSchema,
  SettlementSchema,
} from './message-schemas.js';
import type { MessageStore } from './message-store.js';

/** The messages of a world: its store's, with every argument checked. */

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
    ...calls.guard<Omit<MessageStore, 'subscribe' | 'place'>>({
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
        return open('messages.extend').extend(
          checked,
          parseArgument(LeaseSchema, leaseMs, 'leaseMs'),
        );
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
