import type { News } from './news.js';
import type { WorkerOptions } from './storm-worker.js';

/** What a worker process needs to begin. Sent, not given as an argument: the URL may hold a password. */
export interface WorkerOrder extends Omit<WorkerOptions, 'world'> {
  /** URL of the world's module. */
  readonly specifier: string;
  /** How messages call it. */
  readonly name: string;
  /** None: the module takes its default. */
  readonly url: string | undefined;
  readonly namespace: string;
}

/** What a worker process is told. */
export type ToWorker =
  | { readonly kind: 'begin'; readonly order: WorkerOrder }
  | { readonly kind: 'stop' };

/** What a worker process tells. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'news'; readonly news: News }
  /** The last news. */
  | { readonly kind: 'done'; readonly news: News }
  | { readonly kind: 'failed'; readonly message: string };
