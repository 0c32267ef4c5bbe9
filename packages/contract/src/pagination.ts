import { z } from 'zod';
import { invalidArgument } from './errors.js';
import type { SortOrder } from './store.js';

/** Which page of a list. `limit` is 1 to 1000; a cursor is valid for the list that gave it, with the same order and filter. */
export interface PaginationOptions {
  limit?: number | undefined;
  cursor?: string | undefined;
  sortOrder?: SortOrder | undefined;
}

/**
 * One page. `cursor` continues after its last item; null when there is nothing to continue from. Lists of events in
 * ascending order give a cursor on the last page too: it is used to follow.
 */
export interface PaginatedResponse<T> {
  data: T[];
  cursor: string | null;
  hasMore: boolean;
}

/** Items that one page holds at most. */
export const MAX_PAGE_SIZE = 1000;

export const PaginationSchema: z.ZodType<PaginationOptions | undefined> = z
  .object({
    limit: z.number().int().min(1).max(MAX_PAGE_SIZE).optional(),
    cursor: z.string().optional(),
    sortOrder: z.enum(['asc', 'desc']).optional(),
  })
  .optional();

/** A page request with its defaults filled in. */
export function withDefaults(
  pagination: PaginationOptions | undefined,
  limit: number,
  order: SortOrder,
): { limit: number; order: SortOrder; cursor: string | undefined } {
  return {
    limit: pagination?.limit ?? limit,
    order: pagination?.sortOrder ?? order,
    cursor: pagination?.cursor,
  };
}

/** The list that a cursor belongs to: its name, order and filter. */
export type ListScope = readonly (string | undefined)[];

type Position = readonly (string | number)[];

const CursorSchema = z.tuple([z.array(z.string()), z.array(z.union([z.string(), z.number()]))]);

const plainScope = (scope: ListScope): readonly string[] => scope.map((part) => part ?? '');

/** An opaque cursor that only the same list accepts. */
export function encodeCursor(scope: ListScope, position: Position): string {
  return toBase64Url(JSON.stringify([plainScope(scope), position]));
}

/** The position of a cursor; `INVALID_ARGUMENT` for one that this list did not give. */
export function decodeCursor(
  scope: ListScope,
  cursor: string,
  types: readonly string[],
  field = 'pagination.cursor',
): Position {
  const parsed = CursorSchema.safeParse(parseJson(cursor));
  const foreign = (): never => {
    throw invalidArgument(field, 'was not given by this list');
  };
  if (!parsed.success) return foreign();
  const [givenScope, position] = parsed.data;
  const same = JSON.stringify(givenScope) === JSON.stringify(plainScope(scope));
  const shaped =
    position.length === types.length && position.every((part, i) => typeof part === types[i]);
  return same && shaped ? position : foreign();
}

function parseJson(cursor: string): unknown {
  try {
    return JSON.parse(fromBase64Url(cursor));
  } catch {
    return undefined;
  }
}

const toBase64Url = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const fromBase64Url = (text: string): string =>
  new TextDecoder().decode(
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)),
  );
