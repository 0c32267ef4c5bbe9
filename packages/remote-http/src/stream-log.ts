import { type Event, type FollowParams, worldError } from '@world/contract';
import { readFrames } from './frames.js';
import type { Line } from './line.js';
import { FOLLOW } from './methods.js';
import { errorOf } from './read-answer.js';
import type { FollowFrame } from './remote-follow.js';
import type { Transport } from './transport.js';
import { decodeBody } from './wire.js';

/**
 * Events of one live response, and `undefined` for a sign of life; returns where the log ends.
 * @throws STORE_UNAVAILABLE when the response breaks off, and what the server tells.
 */
export async function* streamLog(
  transport: Transport,
  params: FollowParams,
  line: Line,
  silenceMs: number,
): AsyncGenerator<Event | undefined, undefined> {
  const response = await transport.open(FOLLOW, { params }, line);
  try {
    for await (const bytes of readFrames(response.body ?? new ReadableStream())) {
      // A reader may take its time: the line is not to blame.
      line.pause();
      const frame = bytes.length === 0 ? undefined : (decodeBody(bytes, 'cbor') as FollowFrame);
      if (frame !== undefined && 'end' in frame) return;
      if (frame !== undefined && 'error' in frame) throw told(errorOf(frame.error));
      yield frame?.event;
      line.alive(silenceMs);
    }
  } catch (error) {
    if (error instanceof Told) throw error.cause;
    throw cut(error);
  }
  throw cut();
}

class Told extends Error {}

const told = (cause: unknown): Told => new Told('told by the server', { cause });

const cut = (cause?: unknown): Error =>
  worldError('STORE_UNAVAILABLE', 'the connection was cut', { cause });
