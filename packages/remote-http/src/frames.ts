/** A live response: frames of a length (4 bytes, big endian) and as many bytes. A frame of length 0 only shows that the line is up. */

const HEAD = 4;
/** No event is as large: what says so is no frame. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;

export function frame(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length);
  bytes.set(body, HEAD);
  return bytes;
}

export const HEARTBEAT: Uint8Array<ArrayBuffer> = frame(new Uint8Array());

/** Bodies of frames, also the empty ones, until the stream ends or breaks. @throws for what is no frame. */
export async function* readFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let chunks: Uint8Array[] = [];
  let length = 0;
  // Bytes are joined once there are enough of them: a large frame comes in many chunks.
  let needed = HEAD;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      chunks.push(value);
      length += value.length;
      if (length < needed) continue;
      let rest = chunks.length === 1 ? value : joined(chunks, length);
      for (needed = sizeOf(rest); needed <= rest.length; needed = sizeOf(rest)) {
        yield rest.slice(HEAD, needed);
        rest = rest.subarray(needed);
      }
      chunks = [rest];
      length = rest.length;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** How long the first frame is, with its head; at least the head. */
function sizeOf(bytes: Uint8Array): number {
  if (bytes.length < HEAD) return HEAD;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (size > MAX_FRAME_BYTES) throw new Error(`a frame of ${size} bytes`);
  return HEAD + size;
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
