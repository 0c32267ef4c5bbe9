/** What is measured: subjects beside a base, so that a ratio holds where times depend on the machine. */

/** How much is measured. */
export interface Scale {
  /** How often each subject is measured; they take turns. */
  readonly rounds: number;
  /** How long one measurement of a rate takes, ms. */
  readonly measureMs: number;
  /** Events of the longest log that is read or grown. */
  readonly longest: number;
  /** Whether to measure the worlds that one would use instead, some of which have a PostgreSQL. */
  readonly hasPeers: boolean;
}

/** Something whose speed is measured. */
export interface Subject {
  readonly name: string;
  /** Makes it ready, in a place of its own. */
  open(scale: Scale): Promise<Opened>;
}

export interface Opened {
  /** One measurement, in the unit of its benchmark. */
  measure(): Promise<number>;
  close(): Promise<void>;
}

/** One row of a table, or several that share a base. */
export interface Comparison {
  readonly title: string;
  readonly base: Subject;
  readonly subjects: readonly Subject[];
  /** Others beside the base: the speed of a subject is then that by the fastest of them all. */
  readonly peers?: readonly Subject[];
  /** Median of the speed by that of the base that is to be reached. */
  readonly atLeast?: number;
  /** The subjects that are to reach it, where not all are. */
  readonly goalOf?: readonly string[];
}

/** `/s` is better when it is higher, the others when they are lower. */
export type Unit = '/s' | 'ms' | 'bytes' | 'count';

export interface Benchmark {
  readonly title: string;
  readonly unit: Unit;
  /** What is done, and what bounds it; Markdown. */
  readonly about: string;
  /** The base is a small one of the same: what is far slower than that grows with its size. */
  readonly isGrowth?: boolean;
  /** What is counted must not be there at all in any subject. */
  readonly isOfNone?: boolean;
  readonly comparisons: readonly Comparison[];
}
