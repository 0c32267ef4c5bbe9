import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CliError, messageOf } from '../cli-error.js';
import { settledWithin } from '../terminal/interruption.js';
import type { News } from './news.js';
import type { FromWorker, ToWorker, WorkerOrder } from './worker-messages.js';

const MAIN = fileURLToPath(new URL('./worker-main.js', import.meta.url));

/** A worker that has not stopped by then is killed, ms. */
const STOP_MS = 10_000;

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #title: string;
  readonly #exited: Promise<void>;
  #isDone = false;
  /** Resolves when it works. */
  readonly ready: Promise<void>;
  /** Rejects when it has died, or cannot go on; never resolves before it has stopped as it was told. */
  readonly stopped: Promise<void>;

  constructor(order: WorkerOrder, onNews: (news: News) => void) {
    // Its output is no part of the command's, which may be JSON.
    const child = fork(MAIN, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    this.#title = `worker ${order.worker} (process ${child.pid})`;
    let isReady = (): void => {};
    const ready = new Promise<void>((resolve) => {
      isReady = resolve;
    });
    let reason: string | undefined;
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') isReady();
      else if (message.kind === 'failed') reason = message.message;
      else onNews(message.news);
      if (message.kind === 'done') this.#isDone = true;
    });
    this.stopped = new Promise((resolve, reject) => {
      const fail = (why: unknown): void => reject(new CliError(`${this.#title} ${messageOf(why)}`));
      // What it said last may come after its exit.
      Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(([[code, signal]]) => {
        if (this.#isDone) resolve();
        else if (reason !== undefined) fail(`failed: ${reason}`);
        else if (signal !== null) fail(`was killed by ${signal}`);
        else fail(`ended by itself, with exit code ${code}`);
      }, fail);
      child.on('error', fail);
    });
    this.#exited = this.stopped.then(
      () => {},
      () => {},
    );
    this.ready = Promise.race([ready, this.stopped]);
    // Whoever waits for it is told.
    this.ready.catch(() => {});
    this.#send({ kind: 'begin', order });
  }

  /** Lets it finish what it has begun; kills it when it takes too long. Never rejects. */
  async stop(): Promise<void> {
    this.#send({ kind: 'stop' });
    await settledWithin(this.#exited, STOP_MS);
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #send(message: ToWorker): void {
    // That it cannot be reached is told by its end.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
