/** Compares all bytes, whatever they are: the time taken tells nothing. */
export function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Where these bytes stand last, -1 for nowhere. Compares with all of the list, also behind what it has found. */
export function lastIndexOfSame(
  list: readonly ArrayLike<number>[],
  bytes: ArrayLike<number>,
): number {
  let found = -1;
  for (const [i, one] of list.entries()) if (isSame(one, bytes)) found = i;
  return found;
}
