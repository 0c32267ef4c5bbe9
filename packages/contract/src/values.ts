import { z } from 'zod';

/** Strings that every backend can hold: no NUL, no lone surrogate. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

export const isStorableText = (text: string): boolean => !UNSTORABLE.test(text);

const storable = (schema: z.ZodString): z.ZodString =>
  schema.refine(isStorableText, 'holds a NUL byte or a lone surrogate');

/** An id, name, token or key: 1 to 1024 characters that every backend can hold. */
export const KeySchema: z.ZodString = storable(z.string().min(1).max(1024));

/** Bytes, as they are. */
export const BytesSchema: z.ZodType<Uint8Array> = z.instanceof(Uint8Array);

/** A time: a Date, an ISO 8601 string, or epoch ms. */
export const TimeSchema: z.ZodType<Date> = z
  .union([z.date(), z.iso.datetime({ offset: true }), z.number().min(-8.64e15).max(8.64e15)])
  .transform((time) => new Date(time))
  // Says what comes out, for whoever describes it.
  .pipe(z.date());

/** Epoch ms of a fence: a finite number >= 0. */
export const TimestampSchema: z.ZodType<number> = z.number().min(0);

/** A value that a workflow passed in or gave back, usually bytes: anything but undefined. */
export const PayloadSchema: z.ZodType<unknown> = z
  .unknown()
  .refine((value) => value !== undefined, 'is missing');

export type ValueProblem = { readonly path: string; readonly problem: string };

const MAX_DEPTH = 200;

interface Walk {
  bytes: number;
  readonly limitBytes: number;
}

/** What `Object.prototype.toString` says of objects whose members are all that there is to them. */
const TRANSPARENT = new Set(
  ['Object', 'Array', 'Map', 'Set', 'Error', 'RegExp', 'Arguments'].map((tag) => `[object ${tag}]`),
);

/**
 * The first thing in a value that cannot be stored: text with NUL or lone surrogates, functions, symbols, invalid
 * dates, objects that would come back empty, cycles (by depth), or more than `limitBytes` in all. Bytes are counted as
 * payload, keys included.
 */
export function findUnstorable(
  value: unknown,
  path: string,
  limitBytes: number,
): ValueProblem | undefined {
  return visit(value, path, 0, { bytes: 0, limitBytes });
}

function visit(value: unknown, path: string, depth: number, walk: Walk): ValueProblem | undefined {
  try {
    return check(value, path, depth, walk);
  } catch {
    // A getter that throws, a revoked proxy.
    return { path, problem: 'cannot be read' };
  }
}

function check(value: unknown, path: string, depth: number, walk: Walk): ValueProblem | undefined {
  const problem = typeof value === 'object' && value !== null ? undefined : scalar(value, walk);
  if (problem !== undefined) return { path, problem };
  if (walk.bytes > walk.limitBytes) {
    return { path, problem: `is larger than the limit of ${walk.limitBytes} bytes` };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return { path, problem: `is nested deeper than ${MAX_DEPTH} levels` };
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? { path, problem: 'is not a valid date' } : undefined;
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    walk.bytes += value.byteLength;
    return walk.bytes > walk.limitBytes
      ? { path, problem: `is larger than the limit of ${walk.limitBytes} bytes` }
      : undefined;
  }
  const kind = Object.prototype.toString.call(value);
  if (!TRANSPARENT.has(kind)) return { path, problem: `is ${kind}, which cannot be stored` };
  return visitMembers(value, path, depth, walk);
}

function scalar(value: unknown, walk: Walk): string | undefined {
  switch (typeof value) {
    case 'string':
      walk.bytes += utf8Length(value);
      return isStorableText(value) ? undefined : 'holds a NUL byte or a lone surrogate';
    case 'bigint':
      walk.bytes += Math.max(8, value.toString(16).length / 2);
      return undefined;
    case 'function':
    case 'symbol':
      return `is a ${typeof value}, which cannot be stored`;
    default:
      walk.bytes += 8;
      return undefined;
  }
}

/** Bytes of a text in UTF-8; of a lone surrogate, 2. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Both halves of a surrogate pair count 2, which makes the 4 bytes of the pair.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

function visitMembers(
  value: object,
  path: string,
  depth: number,
  walk: Walk,
): ValueProblem | undefined {
  for (const [key, member] of entriesOf(value)) {
    const memberPath = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    // Decoders rename it, lest it became a prototype.
    if (key === '__proto__') return { path: memberPath, problem: 'is a key that cannot be stored' };
    const problem =
      visit(key, memberPath, depth + 1, walk) ?? visit(member, memberPath, depth + 1, walk);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function* entriesOf(value: object): Iterable<readonly [string, unknown]> {
  if (value instanceof Map || value instanceof Set) {
    let index = 0;
    for (const [key, member] of value.entries()) {
      yield [`${index}`, [key, member]];
      index += 1;
    }
  } else if (Array.isArray(value)) {
    // By position: a hole is stored like any member.
    for (let index = 0; index < value.length; index += 1) yield [`${index}`, value[index]];
  } else if (value instanceof Error) {
    yield* Object.entries({ name: value.name, message: value.message, cause: value.cause });
  } else if (value instanceof RegExp) {
    yield ['source', value.source];
  } else {
    yield* Object.entries(value);
  }
}
