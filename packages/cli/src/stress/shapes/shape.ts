import type { Steps, Workflows } from '@world/runtime';
import type { Payloads } from '../payloads.js';
import type { ShapeName, StormSettings } from '../settings.js';

/** One run of a storm, as seen from outside. */
export interface StormRun {
  readonly runId: string;
  /** Its position in the storm, from 0. */
  readonly index: number;
  /** Begins the tokens of its hooks. */
  readonly token: string;
}

/** A kind of run, and what is done to it from outside. */
export interface Shape {
  /** Also the name of its workflow. */
  readonly name: ShapeName;
  readonly workflows: Workflows;
  readonly steps: Steps;
  /** What a run is started with: all that its workflow knows. */
  input(settings: StormSettings, run: StormRun): unknown;
  /** Sends a run its payloads, once it is started. @throws what the world throws, the signal's reason */
  fire(settings: StormSettings, run: StormRun, payloads: Payloads): Promise<void>;
}
