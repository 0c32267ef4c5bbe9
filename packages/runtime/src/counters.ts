/** What a runtime has done since it was made. */
export interface Counters {
  /** Looks at a run: a log read, a replay, a commit if something was decided. */
  ticks: number;
  /** Commits that the fence refused. */
  conflicts: number;
  /** Of these, ticks that decided again at once. */
  retries: number;
  /** Of these, ticks that went back to the queue. */
  handedBack: number;
  /** Replays that could not follow the log. */
  divergences: number;
  /** Attempts of steps. */
  stepAttempts: number;
}

export const noCounts = (): Counters => ({
  ticks: 0,
  conflicts: 0,
  retries: 0,
  handedBack: 0,
  divergences: 0,
  stepAttempts: 0,
});
