import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createRunId, type World } from '@world/contract';
import { createWorld as createMemoryWorld } from '@world/memory';
import { createRuntime, type FenceMode, type Workflow } from '@world/runtime';
import { settledWithin } from '../terminal/interruption.js';
import { checkRun } from './check-run.js';
import { Crew, type CrewOptions } from './crew.js';
import { openRunIds } from './open-runs.js';
import { Payloads } from './payloads.js';
import type { StormSettings } from './settings.js';
import type { StormRun } from './shapes/shape.js';
import { SHAPES } from './shapes/shapes.js';
import type { StormProgress } from './storm-progress.js';
import { type RunResult, resultOf, type StormResult } from './storm-result.js';
import { OVERLAP } from './storm-worker.js';

const LOOK_EVERY_MS = 250;
const MAX_LOOK_MS = 5000;
/** How long calls under way may take to end, ms. */
const CLOSE_MS = 10_000;
/** Runs of which ticks are noted, so that one can be shown: enough to hold one with conflicts. */
const WATCHED = 50;

export interface StormOptions {
  readonly world: World;
  readonly place: CrewOptions['place'];
  readonly settings: StormSettings;
  readonly fence: FenceMode;
  /** Whether ticks are noted. */
  readonly watch: boolean;
  readonly progress: StormProgress;
  /** Ends the storm, with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Starts runs, lets workers tick them all at once, fires payloads at them, and checks what has become of each.
 * @throws CliError when a worker has died; what the world throws; the signal's reason. No worker is left then.
 */
export async function runStorm(options: StormOptions): Promise<StormResult> {
  const { world, place, settings, fence, watch, progress, signal } = options;
  const { shape, workers } = settings;
  const runs = Array.from({ length: settings.runs }, (_, index): StormRun => {
    const runId = createRunId();
    return { runId, index, token: runId };
  });
  const watched = watch ? runs.slice(0, WATCHED).map(({ runId }) => runId) : [];
  const crew = new Crew({ workers, world, place, shape, fence, watched });
  const ending = new AbortController();
  const interrupted = rejectedOn(signal);
  let raised: Raised;
  try {
    await Promise.race([crew.ready(), interrupted]);
    const storm = raise(options, runs, crew, AbortSignal.any([signal, ending.signal]));
    raised = await Promise.race([storm, crew.died, interrupted]);
  } catch (error) {
    ending.abort();
    await crew.stop().catch(() => {});
    throw error;
  }
  await crew.stop();
  const results: RunResult[] = [];
  for await (const result of checked(options, runs, raised.started)) {
    signal.throwIfAborted();
    results.push(result);
    progress.show('checked', results.length, runs.length, '');
  }
  return {
    fence,
    namespace: place.namespace,
    processes: world.capabilities.shared,
    runs: results,
    counters: crew.counters,
    payloads: raised.payloads,
    durationMs: raised.durationMs,
    deliveryProblems: crew.problems,
    marks: crew.marks,
  };
}

interface Raised extends Pick<StormResult, 'payloads' | 'durationMs'> {
  /** Ids of the runs that the world has. */
  readonly started: ReadonlySet<string>;
}

/** The storm itself, until all runs have ended or the time is over. */
async function raise(
  { world, settings, fence, progress }: StormOptions,
  runs: readonly StormRun[],
  crew: Crew,
  signal: AbortSignal,
): Promise<Raised> {
  const shape = SHAPES[settings.shape];
  const over = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]);
  // Each run waits with it.
  setMaxListeners(0, over);
  const startedAt = performance.now();
  const runtime = createRuntime({
    world,
    workflows: shape.workflows,
    fence,
    overlap: OVERLAP,
    queue: { role: 'producer' },
  });
  const payloads = new Payloads(world, runtime, over);
  const started = new Set<string>();
  const drive = async (run: StormRun): Promise<void> => {
    over.throwIfAborted();
    const { runId } = run;
    await runtime.start(shape.name, shape.input(settings, run), { runId });
    started.add(runId);
    await shape.fire(settings, run, payloads);
  };
  const driving = runs.map(drive);
  const driven = Promise.all(driving);
  try {
    await Promise.all([driven, untilEnded(driven, over)]);
  } catch (error) {
    // Runs that have not ended in time are counted.
    if (signal.aborted || !over.aborted) throw error;
  } finally {
    await settledWithin(Promise.allSettled(driving), CLOSE_MS);
    await runtime.close();
  }
  return {
    started,
    payloads: payloads.counts,
    durationMs: Math.round(performance.now() - startedAt),
  };

  async function untilEnded(fired: Promise<unknown>, end: AbortSignal): Promise<void> {
    let isFired = false;
    fired.then(
      () => {
        isFired = true;
      },
      () => {},
    );
    for (;;) {
      const isLast = isFired;
      const known = started.size;
      const looked = performance.now();
      const { length: open } = await openRunIds(world);
      const tookMs = performance.now() - looked;
      const conflicts = `, ${crew.counters.conflicts} conflicts`;
      progress.show('ended', Math.max(0, known - open), runs.length, conflicts);
      if (isLast && open === 0) return;
      // Where it takes long it is seldom, so that looking is not what the world is busy with.
      const pauseMs = Math.min(Math.max(LOOK_EVERY_MS, 10 * tookMs), MAX_LOOK_MS);
      await delay(pauseMs, undefined, { signal: end });
    }
  }
}

/** What became of each run, in order. */
async function* checked(
  { world, settings: { shape } }: StormOptions,
  runs: readonly StormRun[],
  started: ReadonlySet<string>,
): AsyncGenerator<RunResult> {
  const workflow = SHAPES[shape].workflows[shape] as Workflow;
  const scratch = createMemoryWorld({ url: 'memory:', namespace: `stress-check-${createRunId()}` });
  try {
    for (const { runId } of runs) {
      yield started.has(runId)
        ? await resultOf(world, await checkRun(world, scratch, workflow, runId))
        : { runId, status: 'not started', log: [], problems: [] };
    }
  } finally {
    await scratch.close();
  }
}

/** Rejects with the signal's reason. */
function rejectedOn(signal: AbortSignal): Promise<never> {
  const rejected = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  rejected.catch(() => {});
  return rejected;
}
