import { decodeData, encodeData } from '@world/contract';

/** What client and server agree on: names, versions, and how values look on the wire. */

/** Version of this agreement. Both sides state it with every message. */
export const WIRE_VERSION = 1;

export const HEADERS = {
  wireVersion: 'world-wire-version',
  /** Percent-encoded, since headers hold no more than Latin-1. */
  namespace: 'world-namespace',
  requestId: 'x-request-id',
} as const;

/** How a body is written. */
export type Format = 'cbor' | 'json';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  cbor: 'application/cbor',
  json: 'application/json',
};

/** The format that a media type names; undefined when it is neither. */
export function formatOf(mediaType: string | null | undefined): Format | undefined {
  const name = mediaType?.split(';', 1)[0]?.trim().toLowerCase();
  return name === CONTENT_TYPES.cbor ? 'cbor' : name === CONTENT_TYPES.json ? 'json' : undefined;
}

/** In JSON bytes are `{ "$bytes": "<base64>" }`, big integers `{ "$bigint": "<digits>" }`, dates ISO 8601 text. */
function toJson(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  // A Buffer has turned itself into an object before it comes here.
  if (isBufferJson(value)) return { $bytes: Buffer.from(value.data).toString('base64') };
  return typeof value === 'bigint' ? { $bigint: `${value}` } : value;
}

const isBufferJson = (value: unknown): value is { readonly data: readonly number[] } =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  value.type === 'Buffer' &&
  'data' in value &&
  Array.isArray(value.data);

function fromJson(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return value;
  if ('$bytes' in value && typeof value.$bytes === 'string') {
    return new Uint8Array(Buffer.from(value.$bytes, 'base64'));
  }
  if ('$bigint' in value && typeof value.$bigint === 'string') return BigInt(value.$bigint);
  return value;
}

/** Writes a value. */
export function encodeBody(value: unknown, format: Format): Uint8Array<ArrayBuffer> {
  if (format === 'json') {
    return new Uint8Array(new TextEncoder().encode(JSON.stringify(value ?? null, toJson)));
  }
  return new Uint8Array(encodeData(value));
}

/** Reads a value. @throws whatever the decoder throws for what is not of the format. */
export function decodeBody(bytes: Uint8Array, format: Format): unknown {
  if (format === 'json') {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), fromJson);
  }
  return decodeData(bytes);
}
