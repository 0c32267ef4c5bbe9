/** JSON text of any storable value; a bigint is written as a string of digits and `n`. */
export function jsonText(value: unknown): string {
  const replace = (_: string, member: unknown): unknown =>
    typeof member === 'bigint' ? `${member}n` : member;
  return JSON.stringify(value, replace) ?? 'undefined';
}
