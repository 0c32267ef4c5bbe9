import type { FenceMode } from '@world/runtime';

export type ShapeName = 'hook-sleep' | 'step-storm' | 'hook-storm';

/** What a storm is made of; the same for each of its fences. */
export interface StormSettings {
  readonly shape: ShapeName;
  readonly runs: number;
  /** Rounds of each run. */
  readonly iterations: number;
  readonly sleepMs: number;
  readonly branchWaits: number;
  readonly branchWaitMs: number;
  readonly drainMs: number;
  readonly fireAfterMs: number;
  readonly fireCount: number;
  readonly burstSpacingMs: number;
  readonly workers: number;
  /** Of what steps draw. */
  readonly seed: number;
  /** What has not ended by then counts as still running. */
  readonly timeoutMs: number;
}

/** What the user has asked for. */
export interface StressRequest {
  /** As the user named it. */
  readonly url: string;
  /** The user's; a new one when not given. */
  readonly namespace: string | undefined;
  readonly settings: StormSettings;
  /** A storm for each, one after the other. */
  readonly fences: readonly FenceMode[];
  /** The file that takes the report. */
  readonly report: string | undefined;
  readonly json: boolean;
}
