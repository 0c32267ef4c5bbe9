import { WorldError } from '@world/contract';
import { decodeBody, type Format, formatOf } from '../wire.js';
import type { BodyMemory } from './body-memory.js';
import { findHarmInCbor } from './check-cbor.js';
import { findHarmInJson } from './check-json.js';
import { RequestError, refuse } from './request-error.js';

/** Bodies of requests: bounded in size and time, of a known form, and harmless before they are decoded. */

export interface BodyLimits {
  readonly bodyLimitBytes: number;
  /** How long a body may take to arrive, ms. */
  readonly bodyTimeoutMs: number;
}

/** Arguments by name, and what gives their memory back. */
export interface ReadBody {
  readonly args: Readonly<Record<string, unknown>>;
  release(): void;
}

/** Gives the chunks of a body; a reader of its stream is one. */
export interface BodyReader {
  read(): Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** @throws RequestError 413, 415, 408 or 400; THROTTLED when too much is held already. */
export async function readBody(
  headers: { get(name: string): string | null },
  openBody: () => BodyReader | undefined,
  names: readonly string[],
  { limits, memory }: { readonly limits: BodyLimits; readonly memory: BodyMemory },
): Promise<ReadBody> {
  const format = formatOf(headers.get('content-type'));
  if (format === undefined) {
    throw refuse(415, 'content-type', 'is neither application/cbor nor application/json');
  }
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw refuse(415, 'content-encoding', 'is not taken');
  const declared = Number(headers.get('content-length') ?? 0);
  if (declared > limits.bodyLimitBytes) throw tooLarge(limits);
  const mine = memory.open();
  try {
    const bytes = await collect(openBody(), limits, mine.take);
    const args = parseBody(bytes, format);
    assertArguments(args, names);
    return { args, release: mine.release };
  } catch (error) {
    mine.release();
    throw error;
  }
}

const tooLarge = ({ bodyLimitBytes }: BodyLimits): RequestError =>
  refuse(413, 'body', `is larger than the limit of ${bodyLimitBytes} bytes`);

async function collect(
  reader: BodyReader | undefined,
  limits: BodyLimits,
  take: (bytes: number) => void,
): Promise<Uint8Array> {
  if (reader === undefined) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(refuse(408, 'body', 'has not arrived in time'));
    timer = setTimeout(fail, limits.bodyTimeoutMs);
  });
  try {
    for (;;) {
      const { value, done } = await Promise.race([reader.read(), late]);
      if (done || value === undefined) break;
      length += value.length;
      if (length > limits.bodyLimitBytes) throw tooLarge(limits);
      take(value.length);
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    if (error instanceof RequestError || WorldError.is(error)) throw error;
    // As one that is late: sent again, it may arrive.
    throw refuse(408, 'body', 'has not arrived whole');
  } finally {
    clearTimeout(timer);
  }
  const [first] = chunks;
  if (first?.length === length) return first;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function parseBody(bytes: Uint8Array, format: Format): Readonly<Record<string, unknown>> {
  const harm = format === 'cbor' ? findHarmInCbor(bytes) : findHarmInJson(textOf(bytes));
  if (harm !== undefined) throw refuse(400, 'body', harm);
  let body: unknown;
  try {
    body = decodeBody(bytes, format);
  } catch {
    throw refuse(400, 'body', `is not ${format === 'cbor' ? 'CBOR' : 'JSON'}`);
  }
  if (!isPlain(body)) throw refuse(400, 'body', 'is not an object of arguments');
  return body;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse(400, 'body', 'is not UTF-8');
  }
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** A misspelt argument could be a fence, and a Map has members that no schema sees: neither may be passed over. */
function assertArguments(args: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  for (const [name, value] of Object.entries(args)) {
    if (!names.includes(name)) {
      throw refuse(
        400,
        name.slice(0, 64),
        `is no argument; expected: ${names.join(', ') || 'none'}`,
      );
    }
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject && !isPlain(value)) throw refuse(400, name, 'is not a plain object');
  }
}
