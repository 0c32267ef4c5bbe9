import { z } from 'zod';
import { MAX_DELAY_SECONDS, type MessageId, type QueueHandler } from '../queue.js';
import { type DeliveryRequest, deliveryRequest } from './delivery-request.js';
import type { ClaimedMessage } from './message-store.js';
import { contentOf } from './new-message.js';
import type { SecretKeeper } from './secret-keeper.js';
import { isSameSecret, type Secret } from './signature.js';

/** How a delivery went. */
export type Delivered =
  | { readonly kind: 'done' }
  /** The handler wants the message again. */
  | { readonly kind: 'again'; readonly delayMs: number }
  /** The app does not take anything now, or is not there: no fault of the message. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly delayMs?: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** How messages reach an app over HTTP. */
export interface Deliverer {
  readonly fetch: typeof fetch;
  readonly baseUrl: () => string | Promise<string>;
  readonly secrets: SecretKeeper;
}

/** Answers of an app, or of what stands before it, that cannot take anything now. */
const UNAVAILABLE: ReadonlySet<number> = new Set([429, 503]);
/** Errors of a connection that was never made. */
const UNREACHED = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT)/;
/** Whatever an app says, it is asked again within this time, s. */
const MAX_RETRY_AFTER_S = 60;
/** Of an answer that tells what went wrong, in a log. */
const MAX_REASON_LENGTH = 500;

/** Sends a message to the app, and reads what that says. Never throws. */
export async function deliver(
  deliverer: Deliverer,
  claimed: ClaimedMessage,
  signal: AbortSignal,
): Promise<Delivered> {
  const { secrets } = deliverer;
  let secret: Secret;
  let request: DeliveryRequest;
  try {
    const baseUrl = await deliverer.baseUrl();
    secret = signing(await secrets.current());
    request = await deliveryRequest(claimed, { baseUrl, secret, nowMs: Date.now() });
  } catch (error) {
    return { kind: 'unavailable', reason: problemOf(error) };
  }
  const { url, headers, body } = request;
  try {
    const init = { method: 'POST', headers, body, signal, redirect: 'manual' } as const;
    const response = await deliverer.fetch(url, init);
    const text = await response.text();
    const isOutdated =
      response.status === 401 && !isSameSecret(secret, signing(await secrets.renewed()));
    if (isOutdated) return { kind: 'unavailable', reason: 'the secret of the namespace is new' };
    return read(response, text);
  } catch (error) {
    const reason = problemOf(error);
    return { kind: UNREACHED.test(codeOf(error)) ? 'unavailable' : 'failed', reason };
  }
}

const GIVEN_UP: Delivered = { kind: 'failed', reason: 'given up' };

/** Hands a message to a handler of this process, and waits for it until the signal. Never throws. */
export async function handOver(
  handler: QueueHandler,
  message: ClaimedMessage,
  signal: AbortSignal,
): Promise<Delivered> {
  if (signal.aborted) return GIVEN_UP;
  let stop = (): void => {};
  const givenUp = new Promise<Delivered>((resolve) => {
    stop = () => resolve(GIVEN_UP);
    signal.addEventListener('abort', stop, { once: true });
  });
  const delivered = await Promise.race([handled(handler, message), givenUp]);
  signal.removeEventListener('abort', stop);
  return delivered;
}

async function handled(
  handler: QueueHandler,
  { queueName, messageId, failures, data }: ClaimedMessage,
): Promise<Delivered> {
  try {
    const { message } = contentOf(data);
    const delivery = { queueName, messageId: messageId as MessageId, attempt: failures + 1 };
    const result = await handler(message, delivery);
    return result === undefined ? { kind: 'done' } : again(result.timeoutSeconds);
  } catch (error) {
    return { kind: 'failed', reason: problemOf(error) };
  }
}

function signing([secret]: readonly Secret[]): Secret {
  if (secret === undefined) throw new Error('there is no secret to sign with');
  return secret;
}

function read(response: Response, text: string): Delivered {
  const reason = `HTTP ${response.status} ${text}`.slice(0, MAX_REASON_LENGTH);
  if (response.ok) return answerIn(text) ?? { kind: 'failed', reason };
  if (!UNAVAILABLE.has(response.status)) return { kind: 'failed', reason };
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const delayMs = 1000 * Math.min(Math.ceil(seconds), MAX_RETRY_AFTER_S);
  return { kind: 'unavailable', reason, ...(delayMs >= 0 && { delayMs }) };
}

const AnswerSchema = z.union([
  // 0 means now.
  z.object({ timeoutSeconds: z.number().min(0) }),
  z.object({ ok: z.literal(true) }),
]);

/** What a queue handler has answered; undefined for the page of something else, which has not taken the message. */
function answerIn(text: string): Delivered | undefined {
  try {
    const answer = AnswerSchema.parse(JSON.parse(text));
    return 'ok' in answer ? { kind: 'done' } : again(answer.timeoutSeconds);
  } catch {
    return undefined;
  }
}

const again = (seconds: number): Delivered => ({
  kind: 'again',
  delayMs: Math.ceil(Math.min(seconds, MAX_DELAY_SECONDS) * 1000),
});

const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? error.cause : error;

function codeOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

function problemOf(error: unknown): string {
  const cause = causeOf(error);
  const text = cause instanceof Error ? cause.message || codeOf(error) : String(cause);
  return text.slice(0, MAX_REASON_LENGTH);
}
