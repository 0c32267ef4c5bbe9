import { cpus, totalmem } from 'node:os';

/** Figures of a benchmark: milliseconds per subject, one for each round. */
export type Figures = Readonly<Record<string, readonly number[]>>;

/** What is told of a subject. */
export interface Row {
  readonly subject: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Median over the rounds of its time by that of the first subject. */
  readonly ratio: number;
}

/** Rows in the order of the subjects; each is compared with the first, round by round. */
export function rowsOf(figures: Figures): Row[] {
  const [base = []] = Object.values(figures);
  return Object.entries(figures).map(([subject, times]) => ({
    subject,
    medianMs: Math.round(median(times)),
    minMs: Math.round(Math.min(...times)),
    maxMs: Math.round(Math.max(...times)),
    ratio: Number(median(times.map((ms, i) => ms / (base[i] ?? Number.NaN))).toFixed(2)),
  }));
}

/** Where it was measured. */
export const machine = (): string => {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `Node.js ${process.versions.node}, ${cpus().length} × ${cpu?.model ?? 'unknown'}, ${gib} GiB, ${process.platform}`;
};

/** A table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ subject, medianMs, minMs, maxMs, ratio }) =>
      `| ${subject} | ${medianMs} | ${minMs}–${maxMs} | ${ratio} |`,
  );
  return ['| | median, ms | min–max | ratio |', '| --- | ---: | ---: | ---: |', ...lines].join(
    '\n',
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
