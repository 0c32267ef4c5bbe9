import type { World } from '@world/contract';
import { createRuntime, type FenceMode } from '@world/runtime';
import { messageOf } from '../cli-error.js';
import type { Mark, News } from './news.js';
import type { ShapeName } from './settings.js';
import { SHAPES } from './shapes/shapes.js';
import { watchedWorld } from './watched-world.js';

/** Ticks of one run that may happen at once in all processes: overlapping is what a storm is for. */
export const OVERLAP = 2;

/** How long a worker may finish what it has begun, ms. */
const DRAIN_MS = 3000;

const MAX_PROBLEMS = 20;

export interface WorkerOptions {
  readonly world: World;
  readonly shape: ShapeName;
  readonly fence: FenceMode;
  /** 1 for the first. */
  readonly worker: number;
  /** Runs whose ticks are noted. */
  readonly watched: readonly string[];
}

/** Ticks the runs of a storm, whichever it gets. */
export class StormWorker {
  readonly #runtime: ReturnType<typeof createRuntime>;
  #marks: Mark[] = [];
  #problems: string[] = [];
  #problemCount = 0;

  /** @throws NOT_SUPPORTED for a world without a queue */
  constructor({ world, shape, fence, worker, watched }: WorkerOptions) {
    const { workflows, steps } = SHAPES[shape];
    const isWatched = new Set(watched);
    const tell = (mark: Omit<Mark, 'worker' | 'at'>): void => {
      this.#marks.push({ ...mark, worker, at: Date.now() });
    };
    this.#runtime = createRuntime({
      world: isWatched.size > 0 ? watchedWorld(world, isWatched, tell) : world,
      workflows,
      steps,
      fence,
      overlap: OVERLAP,
      onConflict: ({ runId, fence: known, tail, attempt }) => {
        if (!isWatched.has(runId)) return;
        tell({ runId, kind: 'conflict', text: `attempt ${attempt}: on ${known}, tail ${tail}` });
      },
      queue: {
        role: 'both',
        drainMs: DRAIN_MS,
        // Nothing dies in a storm: a run that only a recovery would wake was lost.
        recovery: false,
        onProblem: (problem, details) => this.#note(problem, details),
      },
    });
  }

  /** What has happened since this was last asked. */
  news(): News {
    const news = {
      counters: { ...this.#runtime.counters },
      marks: this.#marks,
      problems: this.#problems,
    };
    this.#marks = [];
    this.#problems = [];
    return news;
  }

  /** Finishes what was begun. */
  async close(): Promise<void> {
    await this.#runtime.close();
  }

  #note(problem: string, details: object): void {
    this.#problemCount += 1;
    if (this.#problemCount > MAX_PROBLEMS) return;
    const { error } = details as { error?: unknown };
    this.#problems.push(error === undefined ? problem : `${problem}: ${messageOf(error)}`);
  }
}
