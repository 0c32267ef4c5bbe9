import { Decoder, Encoder } from '@msgpack/msgpack';

/** MessagePack, which scripts read and write by themselves. https://github.com/msgpack/msgpack/blob/master/spec.md */

// Kept: making one takes longer than most of its work.
const encoder = new Encoder();
const decoder = new Decoder();

export function pack(value: unknown): Buffer {
  // A copy: the encoder goes on in the same buffer.
  return Buffer.from(encoder.encodeSharedRef(value));
}

/** What a script has packed. */
export function unpack(bytes: Uint8Array): unknown {
  return decoder.decode(bytes);
}
