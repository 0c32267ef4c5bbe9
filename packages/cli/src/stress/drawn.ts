import { createHash } from 'node:crypto';

/** A whole number from 0 to `below` - 1, the same for the same seed and key in every process. */
export function drawn(seed: number, key: string, below: number): number {
  return createHash('sha256').update(`${seed}/${key}`).digest().readUInt32BE() % below;
}
