import { worldError } from '@world/contract';
import { readFrames } from './frames.js';
import type { Line } from './line.js';
import { errorOf, type WireError } from './read-answer.js';
import type { Transport } from './transport.js';
import { decodeBody } from './wire.js';

/** What a frame of a live response holds: something that has come, or why nothing more comes. */
export type LiveFrame<T> = T | { readonly end: true } | { readonly error: WireError };

/** A server tells that it is there this often, ms; after three times without, the line counts as cut. */
export const HEARTBEAT_MS = 5000;

/**
 * Frames of one live response, and `undefined` for a sign of life; returns where it all ends.
 * @throws STORE_UNAVAILABLE when the response breaks off, and what the server tells.
 */
export async function* liveFrames<T extends object>(
  transport: Transport,
  route: string,
  args: object,
  line: Line,
): AsyncGenerator<T | undefined, undefined> {
  const response = await transport.open(route, args, line);
  try {
    for await (const bytes of readFrames(response.body ?? new ReadableStream())) {
      // A reader may take its time: the line is not to blame.
      line.pause();
      const frame = bytes.length === 0 ? undefined : (decodeBody(bytes, 'cbor') as LiveFrame<T>);
      if (frame !== undefined && 'end' in frame) return;
      if (frame !== undefined && 'error' in frame) throw told(errorOf(frame.error));
      yield frame;
      line.alive(3 * HEARTBEAT_MS);
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
