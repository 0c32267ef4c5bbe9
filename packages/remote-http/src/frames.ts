/** A live response: frames of a length (4 bytes, big endian) and as many bytes. A frame of length 0 only shows that the line is up. */

const HEAD = 4;

export function frame(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length);
  bytes.set(body, HEAD);
  return bytes;
}

export const HEARTBEAT: Uint8Array<ArrayBuffer> = frame(new Uint8Array());

/** Bodies of frames, also the empty ones, until the stream ends or breaks. */
export async function* readFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffered = new Uint8Array();
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const joined = new Uint8Array(buffered.length + value.length);
      joined.set(buffered);
      joined.set(value, buffered.length);
      buffered = joined;
      let end = endOfFrame(buffered);
      while (end !== undefined) {
        yield buffered.slice(HEAD, end);
        buffered = buffered.slice(end);
        end = endOfFrame(buffered);
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function endOfFrame(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEAD) return undefined;
  const end = HEAD + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return bytes.length < end ? undefined : end;
}
