import type { World } from '@world/contract';
import type { Counters } from '@world/runtime';
import { addedUp, type Mark, type News } from './news.js';
import { StormWorker, type WorkerOptions } from './storm-worker.js';
import type { WorkerOrder } from './worker-messages.js';
import { WorkerProcess } from './worker-process.js';

export interface CrewOptions extends Omit<WorkerOptions, 'worker' | 'world'> {
  readonly workers: number;
  /** The world that the storm has opened. */
  readonly world: World;
  /** Where other processes find it. */
  readonly place: Pick<WorkerOrder, 'specifier' | 'name' | 'url' | 'namespace'>;
}

/** The workers of a storm, and all that they have told. */
export class Crew {
  readonly #heard = new Map<number, Counters>();
  readonly #local: { readonly number: number; readonly worker: StormWorker }[] = [];
  readonly #processes: WorkerProcess[] = [];
  /** Rejects with a CliError when a worker has died, and never resolves. */
  readonly died: Promise<never>;
  readonly marks: Mark[] = [];
  readonly problems: string[] = [];

  /** Starts workers: processes, or where others cannot see the world, runtimes within this one. */
  constructor({ workers, world, place, ...options }: CrewOptions) {
    for (let worker = 1; worker <= workers; worker += 1) {
      if (world.capabilities.shared) {
        const order = { ...options, ...place, worker };
        this.#processes.push(new WorkerProcess(order, (news) => this.#hear(worker, news)));
      } else {
        this.#local.push({
          number: worker,
          worker: new StormWorker({ ...options, world, worker }),
        });
      }
    }
    this.died = new Promise((_, reject) => {
      for (const { stopped } of this.#processes) stopped.catch(reject);
    });
    // Whoever waits for it is told.
    this.died.catch(() => {});
  }

  /** Resolves when all of them work. @throws CliError when one cannot */
  async ready(): Promise<void> {
    await Promise.all(this.#processes.map(({ ready }) => ready));
  }

  get counters(): Counters {
    this.#ask();
    return addedUp([...this.#heard.values()]);
  }

  /** Stops them all. @throws CliError when one had died, once the others have stopped */
  async stop(): Promise<void> {
    await Promise.all([
      ...this.#processes.map((one) => one.stop()),
      ...this.#local.map(({ worker }) => worker.close()),
    ]);
    this.#ask();
    await Promise.all(this.#processes.map(({ stopped }) => stopped));
  }

  #ask(): void {
    for (const { number, worker } of this.#local) this.#hear(number, worker.news());
  }

  #hear(worker: number, { counters, marks, problems }: News): void {
    this.#heard.set(worker, counters);
    this.marks.push(...marks);
    this.problems.push(...problems);
  }
}
