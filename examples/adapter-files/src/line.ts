import { crc32 } from 'node:zlib';
import type { Change } from './records.js';

/** A change as a line of text: a checksum, and JSON in which bytes are `{ "$bytes": base64 }`. */
export function lineOf(change: Change): Buffer {
  const json = JSON.stringify(change, function (this: Record<string, unknown>, key, value) {
    // Looked up, since a Buffer has made something else of itself in `value`.
    const bytes = this[key];
    return bytes instanceof Uint8Array ? { $bytes: Buffer.from(bytes).toString('base64') } : value;
  });
  return Buffer.from(`${checksumOf(json)} ${json}\n`);
}

/** What a line says; undefined when it is not as it was written. */
export function changeOf(line: string): Change | undefined {
  const [checksum, json] = [line.slice(0, 8), line.slice(9)];
  if (checksum !== checksumOf(json)) return undefined;
  return JSON.parse(json, (_, value) =>
    typeof value?.$bytes === 'string' ? new Uint8Array(Buffer.from(value.$bytes, 'base64')) : value,
  ) as Change;
}

const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');
