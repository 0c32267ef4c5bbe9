import { z } from 'zod';

/** Strings that every backend can hold: no NUL, no lone surrogate. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

export const isStorableText = (text: string): boolean => !UNSTORABLE.test(text);

const storable = (schema: z.ZodString): z.ZodString =>
  schema.refine(isStorableText, 'holds a NUL byte or a lone surrogate');

/** An id, name, token or key: 1 to 1024 characters that every backend can hold. */
export const KeySchema: z.ZodString = storable(z.string().min(1).max(1024));

/** A time: a Date, an ISO 8601 string, or epoch ms. */
export const TimeSchema: z.ZodType<Date> = z
  .union([z.date(), z.iso.datetime({ offset: true }), z.number().min(-8.64e15).max(8.64e15)])
  .transform((time) => new Date(time));

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

/**
 * The first thing in a value that cannot be stored: text with NUL or lone surrogates, functions, symbols, invalid
 * dates, cycles (by depth), or more than `limitBytes` in all. Bytes are counted as payload, keys included.
 */
export function findUnstorable(
  value: unknown,
  path: string,
  limitBytes: number,
): ValueProblem | undefined {
  return visit(value, path, 0, { bytes: 0, limitBytes });
}

function visit(value: unknown, path: string, depth: number, walk: Walk): ValueProblem | undefined {
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
  return visitMembers(value, path, depth, walk);
}

function scalar(value: unknown, walk: Walk): string | undefined {
  switch (typeof value) {
    case 'string':
      walk.bytes += utf8Length(value);
      return isStorableText(value) ? undefined : 'holds a NUL byte or a lone surrogate';
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
  } else {
    yield* Object.entries(value);
  }
}
