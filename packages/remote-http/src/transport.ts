import { setMaxListeners } from 'node:events';
import { inspect } from 'node:util';
import { ERRORS, WorldError, worldError } from '@world/contract';
import { answerOf, fetchPoster, type Poster, undiciPoster } from './answer.js';
import { Line, pauseFor } from './line.js';
import { routeOf } from './methods.js';
import { assertAnswers, readAnswer } from './read-answer.js';
import { CONTENT_TYPES, encodeBody, HEADERS, WIRE_VERSION } from './wire.js';

/** How requests reach the server, and how often. */
export interface TransportOptions {
  /** Base of the server's routes, without a slash at its end. */
  readonly base: string;
  readonly namespace: string;
  readonly token: string | undefined;
  /** Sends everything, when given. */
  readonly fetch: typeof fetch | undefined;
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
  readonly #poster: Poster;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#poster = options.fetch === undefined ? undiciPoster() : fetchPoster(options.fetch);
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

  /** Closes the connections. Nothing may be on its way. */
  close(): Promise<void> {
    return this.#poster.close();
  }

  /** @throws the error that the server's world has thrown; STORE_UNAVAILABLE when no answer came, however often it was asked. */
  async call(name: string, body: object, signals: readonly AbortSignal[] = []): Promise<unknown> {
    const bytes = encodeBody(body, 'cbor');
    const ending = [this.#ended.signal, ...signals];
    for (let failures = 1; ; failures += 1) {
      const line = new Line(ending, this.#options.timeoutMs);
      let pauseMs: number;
      try {
        const post = { headers: this.#headers(), body: bytes, signal: line.signal };
        const answer = await this.#poster.post(this.#urlOf(name), post);
        const value = await readAnswer(answer, this.#options.base);
        line.release();
        return value;
      } catch (error) {
        line.end();
        const isLast = failures > this.retries || ending.some(({ aborted }) => aborted);
        const mapped = this.#mapped(error, line, failures);
        if (isLast || !ERRORS[mapped.code].retryable) throw mapped;
        const { retryAfter = 0 } = mapped;
        // A server that is busy takes more in a moment; what else has to wait, its caller has to know.
        if (retryAfter > MAX_BUSY_S || mapped.code === 'TOO_EARLY') throw mapped;
        pauseMs = Math.max(backoffMs(failures), 1000 * retryAfter);
      }
      await pauseFor(pauseMs, ending);
    }
  }

  /** Opens a response that goes on. @throws as `call`, without sending again. */
  async open(name: string, body: object, line: Line): Promise<Response> {
    try {
      const { base, fetch: send = fetch } = this.#options;
      const response = await send(this.#urlOf(name), {
        method: 'POST',
        headers: this.#headers(),
        body: encodeBody(body, 'cbor'),
        redirect: 'manual',
        signal: line.signal,
      });
      await assertAnswers(answerOf(response), base);
      return response;
    } catch (error) {
      throw this.#mapped(error, line, 1);
    }
  }

  #urlOf(name: string): string {
    return `${this.#options.base}${routeOf(name)}`;
  }

  #headers(): Readonly<Record<string, string>> {
    const { namespace, token } = this.#options;
    return {
      'content-type': CONTENT_TYPES.cbor,
      accept: CONTENT_TYPES.cbor,
      [HEADERS.wireVersion]: `${WIRE_VERSION}`,
      [HEADERS.namespace]: encodeURIComponent(namespace),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
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
