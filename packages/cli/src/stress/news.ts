import type { Counters } from '@world/runtime';

/** Something that a worker did to a run that is watched. */
export interface Mark {
  readonly runId: string;
  /** 1 for the first worker. */
  readonly worker: number;
  /** Epoch ms, by the worker's clock. */
  readonly at: number;
  readonly kind: 'tick' | 'commit' | 'conflict';
  /** In words, what else there is to say. */
  readonly text: string;
}

/** What a worker has to tell since it was last heard of. */
export interface News {
  /** Since it began. */
  readonly counters: Counters;
  readonly marks: readonly Mark[];
  /** What went wrong with deliveries, in words. */
  readonly problems: readonly string[];
}

/** Counters of several workers together. */
export function addedUp(all: readonly Counters[]): Counters {
  const sum = (field: keyof Counters): number =>
    all.reduce((total, counters) => total + counters[field], 0);
  return {
    ticks: sum('ticks'),
    conflicts: sum('conflicts'),
    retries: sum('retries'),
    handedBack: sum('handedBack'),
    divergences: sum('divergences'),
    stepAttempts: sum('stepAttempts'),
  };
}
