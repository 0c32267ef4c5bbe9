import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JobName, JobRequest } from './jobs.js';
import type { ConformanceTarget } from './target.js';
import { moving } from './within.js';

/** A job that has reported nothing for so long, ms, will not any more: its process does not see the data, say. */
const SILENT_MS = 60_000;

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly value: unknown }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly message: string };

/** A process that runs one job on its own instance of the world under test. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #messages: WorkerMessage[] = [];
  #wake: () => void = () => {};
  #gone = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: WorkerMessage) => {
      this.#messages.push(message);
      this.#wake();
    });
    this.#exited = new Promise((resolve) => {
      const end = (): void => {
        this.#gone = true;
        this.#wake();
        resolve();
      };
      child.once('exit', end);
      // It could not be started, or be sent anything: an error event that nobody takes would end the suite.
      child.on('error', end);
    });
  }

  /** Everything that the job has reported so far. */
  get progress(): readonly unknown[] {
    return this.#messages.flatMap((one) => (one.kind === 'progress' ? [one.value] : []));
  }

  /** Starts the job; workers that are all ready start as nearly at once as processes can. */
  go(): void {
    this.#child.send('go');
  }

  async ready(): Promise<void> {
    await this.#until('ready');
  }

  async result(): Promise<unknown> {
    const last = await this.#until('done');
    return last.kind === 'done' ? last.value : undefined;
  }

  /** Resolves when the job has reported that often, or the process is gone; rejects when the job fails before, or falls silent. */
  progressed(count: number): Promise<void> {
    const told = (): string => `worker: reported ${this.progress.length} of ${count}, no more`;
    return moving(
      async (moved) => {
        while (this.progress.length < count && !this.#gone) {
          this.#assertNotFailed();
          await this.#next();
          moved();
        }
      },
      told,
      SILENT_MS,
    );
  }

  /** Ends the process at once, as a crash would: SIGKILL. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** The message of that kind; rejects when the job fails, or its process ends, before. */
  async #until(kind: WorkerMessage['kind']): Promise<WorkerMessage> {
    for (;;) {
      this.#assertNotFailed();
      const found = this.#messages.find((one) => one.kind === kind);
      if (found !== undefined) return found;
      if (this.#gone) throw new Error('worker: the process ended before its job');
      await this.#next();
    }
  }

  #assertNotFailed(): void {
    const failed = this.#messages.find((one) => one.kind === 'failed');
    if (failed?.kind === 'failed') throw new Error(`worker: ${failed.message}`);
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Starts processes on the test's namespace, and ends them with the test. */
export class ProcessPool {
  readonly #target: ConformanceTarget;
  readonly #namespace: string;
  readonly #workers: WorkerProcess[] = [];

  constructor(target: ConformanceTarget, namespace: string) {
    this.#target = target;
    this.#namespace = namespace;
  }

  async start<N extends JobName>(job: N, args: JobRequest<N>): Promise<WorkerProcess> {
    const { module } = this.#target;
    if (module === undefined) {
      throw new Error(`target ${this.#target.name} names no module for other processes`);
    }
    const request = { module, namespace: this.#namespace, job, args };
    const child = fork(WORKER, [JSON.stringify(request)], {
      serialization: 'advanced',
      execArgv: [],
    });
    const worker = new WorkerProcess(child);
    this.#workers.push(worker);
    await worker.ready();
    return worker;
  }

  /** Runs a job in several processes at once, and returns their results. */
  async runAll<N extends JobName>(job: N, args: readonly JobRequest<N>[]): Promise<unknown[]> {
    const workers = await Promise.all(args.map((one) => this.start(job, one)));
    for (const worker of workers) worker.go();
    return Promise.all(workers.map((worker) => worker.result()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
  }
}
