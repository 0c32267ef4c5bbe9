import { z } from 'zod';
import { QueueNameSchema } from '../queue.js';
import { KeySchema } from '../values.js';
import type { ClaimedMessage, Topic } from './message-store.js';
import { contentOf } from './new-message.js';
import type { SecretKeeper } from './secret-keeper.js';
import { isSigned, isTimely, type Secret, type SignedDelivery, signDelivery } from './signature.js';

/** A delivery as a request: `POST …/.well-known/workflow/v1/flow` or `…/step`, the message in CBOR, signed. */

const PATHS: Readonly<Record<Topic, string>> = {
  workflow: '/.well-known/workflow/v1/flow',
  step: '/.well-known/workflow/v1/step',
};

const HEADERS = {
  queueName: 'x-world-queue-name',
  messageId: 'x-world-message-id',
  attempt: 'x-world-attempt',
  time: 'x-world-time',
  signature: 'x-world-signature',
} as const;

/** A request that is not sent yet. */
export interface DeliveryRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The request that delivers a message. */
export async function deliveryRequest(
  claimed: ClaimedMessage,
  { baseUrl, secret, nowMs }: { baseUrl: string; secret: Secret; nowMs: number },
): Promise<DeliveryRequest> {
  const path = PATHS[claimed.topic];
  const { messageId, queueName, data } = claimed;
  const body = new Uint8Array(data);
  const attempt = claimed.failures + 1;
  const delivery = { path, messageId, queueName, attempt, time: nowMs, body };
  return {
    url: `${baseUrl.replace(/\/+$/, '')}${path}`,
    headers: {
      ...contentOf(data).headers,
      'content-type': 'application/cbor',
      // Names may hold what headers cannot.
      [HEADERS.queueName]: encodeURIComponent(queueName),
      [HEADERS.messageId]: messageId,
      [HEADERS.attempt]: `${attempt}`,
      [HEADERS.time]: `${nowMs}`,
      [HEADERS.signature]: await signDelivery(delivery, secret),
    },
    body,
  };
}

const isQueueName = (name: string): boolean => QueueNameSchema.safeParse(name).success;

/** Percent-decoded; empty when that cannot be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

const HeadersSchema = z.object({
  [HEADERS.queueName]: z.string().transform(decoded).refine(isQueueName, 'is no queue name'),
  [HEADERS.messageId]: KeySchema,
  [HEADERS.attempt]: z
    .string()
    .regex(/^[1-9]\d{0,8}$/)
    .transform(Number),
  [HEADERS.time]: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  [HEADERS.signature]: z.string(),
});

/** What a request delivers. */
export interface ReceivedDelivery {
  readonly messageId: string;
  readonly queueName: string;
  readonly attempt: number;
  readonly message: unknown;
}

/** Why a request delivers nothing. */
export interface RefusedDelivery {
  readonly status: 400 | 401 | 503;
  readonly problem: string;
}

/** Reads a delivery, and believes it only when it is signed. @throws what the keeper throws. */
export async function readDelivery(
  request: Request,
  keeper: SecretKeeper,
  nowMs: number,
): Promise<ReceivedDelivery | RefusedDelivery> {
  const headers = HeadersSchema.safeParse(Object.fromEntries(request.headers));
  if (!headers.success) {
    const issue = headers.error.issues[0];
    return { status: 400, problem: `${issue?.path.join('.')}: ${issue?.message}` };
  }
  const {
    [HEADERS.queueName]: queueName,
    [HEADERS.messageId]: messageId,
    [HEADERS.attempt]: attempt,
    [HEADERS.time]: time,
    [HEADERS.signature]: signature,
  } = headers.data;
  // What is refused in any case need not be read.
  if (!isTimely(time, nowMs)) return UNSIGNED;
  const body = new Uint8Array(await request.arrayBuffer());
  const delivery: SignedDelivery = {
    path: pathOf(request.url),
    messageId,
    queueName,
    attempt,
    time,
    body,
  };
  const isGood =
    (await isSigned(delivery, signature, await keeper.current())) ||
    (await isSigned(delivery, signature, await keeper.renewed()));
  return isGood ? { messageId, queueName, attempt, message: contentOf(body).message } : UNSIGNED;
}

const UNSIGNED: RefusedDelivery = {
  status: 401,
  problem:
    'the signature is not good: sender and app need the same world, namespace and secrets, and clocks within 5 minutes',
};

/** From `/.well-known/` on. */
function pathOf(url: string): string {
  const { pathname } = new URL(url);
  const at = pathname.indexOf('/.well-known/');
  return at === -1 ? pathname : pathname.slice(at);
}
