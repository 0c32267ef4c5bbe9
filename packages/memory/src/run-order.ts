/** Where a run stands in lists: by the time of its creation, epoch ms, then by its id. */
export interface RunPosition {
  readonly createdAt: number;
  readonly runId: string;
}

/** The runs of a namespace in the order of lists. Most are added at the end. */
export class RunOrder {
  readonly #positions: RunPosition[] = [];

  add(position: RunPosition): void {
    this.#positions.splice(this.#countBefore(position), 0, position);
  }

  remove(position: RunPosition): void {
    const index = this.#countBefore(position);
    if (this.#positions[index]?.runId === position.runId) this.#positions.splice(index, 1);
  }

  clear(): void {
    this.#positions.length = 0;
  }

  /** Ids beyond a position, or all. */
  *from(after: RunPosition | undefined, order: 'asc' | 'desc'): Iterable<string> {
    const all = this.#positions;
    const before = after && this.#countBefore(after);
    if (order === 'asc') {
      const isThere = after !== undefined && all[before ?? 0]?.runId === after.runId;
      for (let i = (before ?? 0) + (isThere ? 1 : 0); i < all.length; i += 1) yield runIdAt(all, i);
    } else {
      for (let i = (before ?? all.length) - 1; i >= 0; i -= 1) yield runIdAt(all, i);
    }
  }

  /** Number of runs that stand before a position. */
  #countBefore({ createdAt, runId }: RunPosition): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const one = this.#positions[middle] as RunPosition;
      const isBefore =
        one.createdAt < createdAt || (one.createdAt === createdAt && one.runId < runId);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const runIdAt = (positions: readonly RunPosition[], index: number): string =>
  (positions[index] as RunPosition).runId;
