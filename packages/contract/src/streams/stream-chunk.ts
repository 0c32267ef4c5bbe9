import { invalidArgument } from '../errors.js';

/** Chunks as a store gets them: bytes that nobody else holds. */

const LONE_SURROGATE = /\p{Surrogate}/u;

/** A chunk's own bytes; text as UTF-8. @throws INVALID_ARGUMENT unless it is text or a `Uint8Array`, of this size at most. */
export function encodeChunk(chunk: unknown, field: string, limitBytes: number): Uint8Array {
  const bytes = bytesOf(chunk, field);
  if (bytes.byteLength <= limitBytes) return bytes;
  throw invalidArgument(field, `is larger than the limit of ${limitBytes} bytes`, {
    details: { payloadLimitBytes: limitBytes },
  });
}

/** The same for each of an array. */
export function encodeChunks(chunks: unknown, field: string, limitBytes: number): Uint8Array[] {
  if (!Array.isArray(chunks)) throw invalidArgument(field, 'is no array of chunks');
  // By position: a hole is refused like any other member that is no chunk.
  return Array.from(chunks as unknown[], (chunk, i) =>
    encodeChunk(chunk, `${field}[${i}]`, limitBytes),
  );
}

function bytesOf(chunk: unknown, field: string): Uint8Array {
  if (typeof chunk === 'string') {
    // Encoders replace it, and what comes back would be another text.
    if (LONE_SURROGATE.test(chunk)) throw invalidArgument(field, 'holds a lone surrogate');
    return new TextEncoder().encode(chunk);
  }
  // Copied: stores write later than their callers may change the bytes.
  if (isBytes(chunk)) return new Uint8Array(chunk);
  throw invalidArgument(field, 'is neither text nor a Uint8Array');
}

/** Also one of another realm. */
const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
