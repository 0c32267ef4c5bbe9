import { describeError } from '../cli-error.js';
import type { WorldModule } from '../worlds/load-module.js';
import { createWorldOf } from '../worlds/open-world.js';
import { StormWorker } from './storm-worker.js';
import type { FromWorker, ToWorker, WorkerOrder } from './worker-messages.js';

/** A worker process of a storm: opens the world, ticks runs until it is told to stop. */

const NEWS_EVERY_MS = 250;

const send = (message: FromWorker, onSent: () => void = () => {}): void => {
  process.send?.(message, undefined, undefined, onSent);
};

/** Says why it cannot go on, and ends the process. */
function fail(error: unknown): void {
  send({ kind: 'failed', message: describeError(error) }, () => process.exit(1));
}

async function begin({ specifier, name, url, namespace, ...options }: WorkerOrder) {
  const module = (await import(specifier)) as WorldModule;
  const world = await createWorldOf(module, name, { url, namespace });
  const worker = new StormWorker({ ...options, world });
  const timer = setInterval(() => send({ kind: 'news', news: worker.news() }), NEWS_EVERY_MS);
  send({ kind: 'ready' });
  return async (): Promise<void> => {
    clearInterval(timer);
    await worker.close();
    await world.close();
    send({ kind: 'done', news: worker.news() }, () => process.disconnect());
  };
}

let stop: () => Promise<void> = async () => process.exit(0);

process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') {
    stop().catch(fail);
    return;
  }
  begin(message.order).then((started) => {
    stop = started;
  }, fail);
});
// On a terminal Ctrl-C reaches this process too; the command says when to stop.
process.on('SIGINT', () => {});
// The command is gone.
process.on('disconnect', () => process.exit());
process.on('uncaughtException', fail);
