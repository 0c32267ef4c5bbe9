import { Encoder } from 'cbor-x';

/**
 * Payload codec: CBOR (RFC 8949), as event data stands in every store and on the wire.
 * Byte strings come back as `Uint8Array`, Dates exact to the ms; neither shares memory with what was passed in.
 */
const cbor = new Encoder({ useRecords: false, mapsAsObjects: true, copyBuffers: true });

/** Encodes a value as CBOR; the bytes are the caller's own. */
export function encodeData(value: unknown): Uint8Array {
  // A copy: the encoder hands out slices of one pooled buffer.
  return new Uint8Array(cbor.encode(value));
}

/** Decodes what `encodeData` has written. Only for bytes of a store: what is not CBOR throws the decoder's error. */
export function decodeData(bytes: Uint8Array): unknown {
  // Byte strings are of the kind of the input, which may be a Buffer.
  const plain =
    bytes.constructor === Uint8Array
      ? bytes
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return cbor.decode(plain);
}
