import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS, type ErrorCode, type ErrorDetails, WorldError, worldError } from '@world/contract';
import { routeOf } from './methods.js';
import { CONTENT_TYPES, decodeBody, encodeBody, formatOf, HEADERS, WIRE_VERSION } from './wire.js';

/** How requests reach the server, and how often. */
export interface TransportOptions {
  /** Base of the server's routes, without a slash at its end. */
  readonly base: string;
  readonly namespace: string;
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
  /** Of one attempt, ms. */
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
}

const BACKOFF_MS = { first: 50, max: 2000 } as const;

/** Sends calls, and sends them again while nobody knows whether they were done: every call bears to be made twice. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** @throws the error that the server's world has thrown; STORE_UNAVAILABLE when no answer came, however often it was asked. */
  async call(name: string, body: object): Promise<unknown> {
    const { retries, timeoutMs } = this.#options;
    const bytes = encodeBody(body, 'cbor');
    let delayMs: number = BACKOFF_MS.first;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(name, bytes, AbortSignal.timeout(timeoutMs));
      } catch (error) {
        const mapped = this.#mapped(error);
        if (attempt >= retries || !ERRORS[mapped.code].retryable) throw mapped;
        if (mapped.retryAfter !== undefined) throw mapped;
      }
      // Not all at once, when many have lost one server.
      await sleep(delayMs * (0.5 + Math.random()));
      delayMs = Math.min(2 * delayMs, BACKOFF_MS.max);
    }
  }

  /** Opens a response that goes on. @throws as `call`, without sending again. */
  async open(name: string, body: object, signal: AbortSignal): Promise<Response> {
    try {
      const response = await this.#send(name, encodeBody(body, 'cbor'), signal);
      if (!response.ok) throw await this.#errorOf(response);
      return response;
    } catch (error) {
      throw this.#mapped(error);
    }
  }

  async #attempt(name: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal) {
    const response = await this.#send(name, bytes, signal);
    if (!response.ok) throw await this.#errorOf(response);
    const format = formatOf(response.headers.get('content-type'));
    if (format === undefined) throw this.#foreign(response);
    const { value } = decodeBody(new Uint8Array(await response.arrayBuffer()), format) as {
      value?: unknown;
    };
    return value;
  }

  #send(name: string, body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Response> {
    const { base, namespace, token } = this.#options;
    return this.#options.fetch(`${base}${routeOf(name)}`, {
      method: 'POST',
      headers: {
        'content-type': CONTENT_TYPES.cbor,
        accept: CONTENT_TYPES.cbor,
        [HEADERS.wireVersion]: `${WIRE_VERSION}`,
        [HEADERS.namespace]: encodeURIComponent(namespace),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body,
      redirect: 'error',
      signal,
    });
  }

  /** The error in a response; one without is of something between this client and a server of worlds. */
  async #errorOf(response: Response): Promise<WorldError> {
    const format = formatOf(response.headers.get('content-type'));
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (format === undefined) return this.#foreign(response);
    try {
      const { error } = decodeBody(bytes, format) as { error: WireError };
      const known = Object.hasOwn(ERRORS, error.code);
      const code = known ? (error.code as ErrorCode) : 'STORE_INCOMPATIBLE';
      return worldError(code, error.message, { details: error.details ?? {} });
    } catch {
      return this.#foreign(response);
    }
  }

  #foreign({ status }: Response): WorldError {
    const { base } = this.#options;
    const isPassing = status >= 500 || status === 408 || status === 429;
    return worldError(
      isPassing ? 'STORE_UNAVAILABLE' : 'STORE_INCOMPATIBLE',
      `${base}: what answers is no server of worlds (HTTP ${status}); check the URL`,
      { details: { url: base, httpStatus: status } },
    );
  }

  #mapped(error: unknown): WorldError {
    if (WorldError.is(error)) return error;
    const { base, timeoutMs } = this.#options;
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    const problem = isLate
      ? `no answer within ${timeoutMs} ms`
      : `cannot be reached (${reasonOf(error)})`;
    return worldError('STORE_UNAVAILABLE', `${base}: ${problem}`, {
      details: { url: base },
      cause: error,
    });
  }
}

/** An error on the wire. */
export interface WireError {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly status: number;
  readonly details?: ErrorDetails;
}

/** What `fetch` failed for stands in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) {
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  }
  return error.message;
}
