import { invalidArgument, type WorldError, worldError } from '@world/contract';
import { decodeBody, type Format, formatOf } from '../wire.js';

/** Bodies of requests: bounded in size and time, and of a known form. */

export interface BodyLimits {
  readonly bodyLimitBytes: number;
  /** How long a body may take to arrive, ms. */
  readonly bodyTimeoutMs: number;
}

/** An error with another HTTP status than its code has. */
export class RequestError extends Error {
  readonly error: WorldError;
  readonly status: number;

  constructor(status: number, error: WorldError) {
    super(error.message);
    this.status = status;
    this.error = error;
  }
}

const refuse = (status: number, field: string, problem: string): RequestError =>
  new RequestError(status, invalidArgument(field, problem));

/** @throws RequestError 413, 415, 408 or 400. */
export async function readBody(
  request: Request,
  limits: BodyLimits,
): Promise<Readonly<Record<string, unknown>>> {
  const format = formatOf(request.headers.get('content-type'));
  if (format === undefined) {
    throw refuse(415, 'content-type', 'is neither application/cbor nor application/json');
  }
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw refuse(415, 'content-encoding', 'is not taken');
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > limits.bodyLimitBytes) throw tooLarge(limits);
  const bytes = await collect(request.body, limits);
  return parseBody(bytes, format);
}

const tooLarge = ({ bodyLimitBytes }: BodyLimits): RequestError =>
  refuse(413, 'body', `is larger than the limit of ${bodyLimitBytes} bytes`);

async function collect(
  body: ReadableStream<Uint8Array> | null,
  limits: BodyLimits,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(refuse(408, 'body', 'has not arrived in time'));
    timer = setTimeout(fail, limits.bodyTimeoutMs);
  });
  try {
    for (;;) {
      const { value, done } = await Promise.race([reader.read(), late]);
      if (done) break;
      length += value.length;
      if (length > limits.bodyLimitBytes) throw tooLarge(limits);
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    if (error instanceof RequestError) throw error;
    throw refuse(400, 'body', 'has not arrived whole');
  } finally {
    clearTimeout(timer);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function parseBody(bytes: Uint8Array, format: Format): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = decodeBody(bytes, format);
  } catch {
    throw refuse(400, 'body', `is not ${format === 'cbor' ? 'CBOR' : 'JSON'}`);
  }
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (!isObject) throw refuse(400, 'body', 'is not an object of arguments');
  return body as Readonly<Record<string, unknown>>;
}

/** What went wrong where nobody expected it: the caller learns where to ask, and nothing else. */
export const internalError = (requestId: string): WorldError =>
  worldError(
    'STORE_UNAVAILABLE',
    `the server has failed; its log has more, by request id ${requestId}`,
  );
