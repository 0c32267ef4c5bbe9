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

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** As many digits as 1024 bytes make: the time for more grows with their square. */
const DIGITS = /^-?\d{1,2466}$/;

function fromJson(key: string, value: unknown): unknown {
  // As in CBOR: not stored, and not passed over.
  if (key === '__proto__') throw new Error('__proto__ is no key');
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return value;
  if (Object.hasOwn(value, '$bytes')) {
    const { $bytes } = value as { $bytes?: unknown };
    if (typeof $bytes !== 'string' || !BASE64.test($bytes)) throw new Error('$bytes is no base64');
    return new Uint8Array(Buffer.from($bytes, 'base64'));
  }
  if (Object.hasOwn(value, '$bigint')) {
    const { $bigint } = value as { $bigint?: unknown };
    if (typeof $bigint !== 'string' || !DIGITS.test($bigint))
      throw new Error('$bigint is no number');
    return BigInt($bigint);
  }
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
