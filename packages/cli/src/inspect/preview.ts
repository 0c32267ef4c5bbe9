import { oneLine } from '../cli-error.js';
import { toJson } from '../terminal/json.js';

const SHOWN_BYTES = 24;
const SHOWN_CHARACTERS = 60;
const UNPRINTABLE = /[^\x20-\x7e]/g;

/** A value in a few characters on one line; empty for undefined. Of bytes their number and the readable ones. */
export function preview(value: unknown): string {
  if (value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return shortened(oneLine(value));
  if (value instanceof Uint8Array) return previewBytes(value);
  if (isPlainObject(value)) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return shortened(fields.map(([name, field]) => `${oneLine(name)}=${nested(field)}`).join(' '));
  }
  return shortened(oneLine(toJson(value)));
}

const nested = (value: unknown): string =>
  isPlainObject(value) ? `{${preview(value)}}` : preview(value);

function previewBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('latin1');
  const more = bytes.byteLength > SHOWN_BYTES ? '…' : '';
  return `<${bytes.byteLength} B ${text.replaceAll(UNPRINTABLE, '·')}${more}>`;
}

const shortened = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text;

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
