import type { SortOrder } from '@world/contract';

type Key = readonly (string | number)[];

/** Which items of a list: at most `limit` of them, beyond `after`. */
interface Page {
  readonly after: Key | undefined;
  readonly order: SortOrder;
  readonly limit: number;
}

/** One page of items, sorted by their keys. */
export function pageOf<T>(items: Iterable<T>, keyOf: (item: T) => Key, page: Page): readonly T[] {
  const { after, order, limit } = page;
  const sign = order === 'asc' ? 1 : -1;
  return [...items]
    .filter((item) => after === undefined || sign * compare(keyOf(item), after) > 0)
    .sort((a, b) => sign * compare(keyOf(a), keyOf(b)))
    .slice(0, limit);
}

function compare(a: Key, b: Key): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right !== undefined && left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
