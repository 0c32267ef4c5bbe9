import { setMaxListeners } from 'node:events';
import { inspect } from 'node:util';
import { ERRORS, WorldError, worldError } from '@world/contract';
import { Line, pauseFor } from './line.js';
import { routeOf } from './methods.js';
import { assertAnswers, readAnswer } from './read-answer.js';
import { CONTENT_TYPES, encodeBody, HEADERS, WIRE_VERSION } from './wire.js';

export type { WireError } from './read-answer.js';

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

/** Calls wait this long for a server that has too much to do, s. */
const MAX_BUSY_S = 1;

const BACKOFF_MS = { first: 50, max: 2000 } as const;

/** How long to wait after so many failures, ms: not all at once, when many have lost one server. */
export const backoffMs = (failures: number): number =>
  Math.min(BACKOFF_MS.first * 2 ** (failures - 1), BACKOFF_MS.max) * (0.5 + Math.random());

/** Sends calls, and sends them again while nobody knows whether they were done: every call bears to be made twice. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #ended = new AbortController();

  constructor(options: TransportOptions) {
    this.#options = options;
    // As many calls as one likes.
    setMaxListeners(0, this.#ended.signal);
  }

  /** How often a call is sent again. */
  get retries(): number {
    return this.#options.retries;
  }

  /** How long one attempt may take, ms. */
  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  /** Gives up whatever has no answer yet. */
  end(): void {
    this.#ended.abort();
  }

  /** @throws the error that the server's world has thrown; STORE_UNAVAILABLE when no answer came, however often it was asked. */
  async call(name: string, body: object, signals: readonly AbortSignal[] = []): Promise<unknown> {
    const bytes = encodeBody(body, 'cbor');
    const ending = [this.#ended.signal, ...signals];
    for (let failures = 1; ; failures += 1) {
      const line = new Line(ending, this.#options.timeoutMs);
      let pauseMs: number;
      try {
        const response = await this.#send(name, bytes, line.signal);
        return await readAnswer(response, this.#options.base);
      } catch (error) {
        const isLast = failures > this.retries || ending.some(({ aborted }) => aborted);
        const mapped = this.#mapped(error, line, failures);
        if (isLast || !ERRORS[mapped.code].retryable) throw mapped;
        const { retryAfter = 0 } = mapped;
        // A server that is busy takes more in a moment; what else has to wait, its caller has to know.
        if (retryAfter > MAX_BUSY_S || mapped.code === 'TOO_EARLY') throw mapped;
        pauseMs = Math.max(backoffMs(failures), 1000 * retryAfter);
      } finally {
        line.end();
      }
      await pauseFor(pauseMs, ending);
    }
  }

  /** Opens a response that goes on. @throws as `call`, without sending again. */
  async open(name: string, body: object, line: Line): Promise<Response> {
    try {
      const response = await this.#send(name, encodeBody(body, 'cbor'), line.signal);
      await assertAnswers(response, this.#options.base);
      return response;
    } catch (error) {
      throw this.#mapped(error, line, 1);
    }
  }

  #send(name: string, body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Response> {
    const { base, namespace, token, fetch } = this.#options;
    return fetch(`${base}${routeOf(name)}`, {
      method: 'POST',
      headers: {
        'content-type': CONTENT_TYPES.cbor,
        accept: CONTENT_TYPES.cbor,
        [HEADERS.wireVersion]: `${WIRE_VERSION}`,
        [HEADERS.namespace]: encodeURIComponent(namespace),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body,
      // Nobody else gets the token.
      redirect: 'manual',
      signal,
    });
  }

  #mapped(error: unknown, line: Line, attempts: number): WorldError {
    if (WorldError.is(error)) return error;
    const { base, timeoutMs, token } = this.#options;
    const isEnded = this.#ended.signal.aborted && !line.isLate;
    const problem = line.isLate
      ? `no answer within ${timeoutMs} ms`
      : isEnded
        ? 'no answer before the world was closed'
        : problemOf(error);
    const told = attempts > 1 ? `${problem}, tried ${attempts} times` : problem;
    const isClean = token === undefined || !inspect(error, { depth: 8 }).includes(token);
    return worldError('STORE_UNAVAILABLE', `${base}: ${isClean ? told : 'the call has failed'}`, {
      details: { url: base },
      ...(isClean && { cause: error }),
    });
  }
}

const UNREACHED = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT)/;

/** What `fetch` failed for stands in its cause. */
function problemOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return `the call has failed (${String(cause)})`;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return `${UNREACHED.test(code) ? 'cannot be reached' : 'the connection broke'} (${code})`;
}
