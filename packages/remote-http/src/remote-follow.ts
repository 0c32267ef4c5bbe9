import { setTimeout as sleep } from 'node:timers/promises';
import {
  ERRORS,
  type ErrorCode,
  type Event,
  eventsCursor,
  type FollowParams,
  WorldError,
  worldError,
} from '@world/contract';
import { readFrames } from './frames.js';
import { FOLLOW } from './methods.js';
import type { Transport, WireError } from './transport.js';
import { decodeBody } from './wire.js';

/** What a frame of a followed log holds. */
export type FollowFrame =
  | { readonly event: Event }
  | { readonly end: true }
  | { readonly error: WireError };

/** A server tells that it is there this often, ms; after three times without, the line counts as cut. */
export const HEARTBEAT_MS = 5000;

const RETRY_MS = 200;

/**
 * Follows a log on the server. A line that breaks is opened again behind the last event, as long as the server lets it.
 */
export async function* followRemote(
  transport: Transport,
  { signal, cursor: first, ...params }: FollowParams,
  closing: AbortSignal,
): AsyncGenerator<Event, undefined> {
  const ended = AbortSignal.any([closing, ...(signal ? [signal] : [])]);
  let cursor = first;
  while (!ended.aborted) {
    const line = new Line(ended);
    try {
      const response = await transport.open(FOLLOW, { params: { ...params, cursor } }, line.signal);
      for await (const bytes of readFrames(response.body ?? new ReadableStream())) {
        line.alive();
        if (ended.aborted) break;
        const frame = bytes.length === 0 ? undefined : (decodeBody(bytes, 'cbor') as FollowFrame);
        if (frame === undefined) continue;
        if ('end' in frame) return;
        if ('error' in frame) throw errorOf(frame.error);
        yield frame.event;
        cursor = eventsCursor(frame.event);
      }
    } catch (error) {
      if (!ended.aborted && WorldError.is(error) && !ERRORS[error.code].retryable) throw error;
    } finally {
      line.end();
    }
    if (!ended.aborted) await sleep(RETRY_MS, undefined, { signal: ended }).catch(() => {});
  }
  if (closing.aborted) throw worldError('WORLD_CLOSED', 'the world was closed');
}

const errorOf = ({ code, message, details = {} }: WireError): WorldError =>
  worldError(code as ErrorCode, message, { details });

/** One connection: aborted by its user, or when nothing has come for too long. */
class Line {
  readonly #controller = new AbortController();
  readonly #ended: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor(ended: AbortSignal) {
    this.#ended = ended;
    ended.addEventListener('abort', this.end, { once: true });
    this.alive();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  alive(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.end, 3 * HEARTBEAT_MS);
  }

  end = (): void => {
    clearTimeout(this.#timer);
    this.#ended.removeEventListener('abort', this.end);
    this.#controller.abort();
  };
}
