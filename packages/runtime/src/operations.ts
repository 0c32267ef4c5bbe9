import type { CreateEventRequest, Event } from '@world/contract';
import { HookConflictError, messageOf, StepFailedError } from './errors.js';
import type { WorkflowHook } from './workflow.js';

/** Something that a workflow has asked for: known by its position among all that it asks for, which is in its id. */
export interface Operation {
  readonly id: string;
  /** The event that asks for it. */
  readonly request: CreateEventRequest;
  /** In words, for whoever looks for the reason of a divergence. */
  readonly title: string;
  /** Whether the log holds its request. */
  isCreated: boolean;
  /** Lets the workflow go on, if that is what the event does; false when this operation knows no such event. */
  deliver(event: Event): boolean;
}

/** A promise, and what settles it. */
function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A workflow that does not look at a failure has chosen not to.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** Work that is done elsewhere, once. */
export class StepOperation implements Operation {
  readonly id: string;
  readonly request: CreateEventRequest;
  readonly title: string;
  readonly #outcome = deferred<unknown>();
  readonly #name: string;
  isCreated = false;
  isOver = false;

  constructor(id: string, stepName: string, input: unknown) {
    this.id = id;
    this.#name = stepName;
    this.title = `step ${stepName}`;
    this.request = {
      eventType: 'step_created',
      correlationId: id,
      eventData: { stepName, input: input ?? null },
    };
  }

  get outcome(): Promise<unknown> {
    return this.#outcome.promise;
  }

  deliver(event: Event): boolean {
    switch (event.eventType) {
      case 'step_created':
        this.isCreated = true;
        return event.eventData.stepName === this.#name;
      case 'step_started':
      case 'step_retrying':
        return true;
      case 'step_completed':
        this.isOver = true;
        this.#outcome.resolve(event.eventData.result);
        return true;
      case 'step_failed':
        this.isOver = true;
        this.#outcome.reject(new StepFailedError(this.#name, messageOf(event.eventData.error)));
        return true;
      default:
        return false;
    }
  }
}

/** A time to wait for. */
export class WaitOperation implements Operation {
  readonly id: string;
  readonly request: CreateEventRequest;
  readonly title = 'sleep';
  readonly #over = deferred<void>();
  /** The log's word counts, once there is one. */
  resumeAt: Date;
  isCreated = false;
  isOver = false;

  constructor(id: string, resumeAt: Date) {
    this.id = id;
    this.resumeAt = resumeAt;
    this.request = { eventType: 'wait_created', correlationId: id, eventData: { resumeAt } };
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  deliver(event: Event): boolean {
    switch (event.eventType) {
      case 'wait_created':
        this.isCreated = true;
        this.resumeAt = event.eventData.resumeAt;
        return true;
      case 'wait_completed':
        this.complete();
        return true;
      default:
        return false;
    }
  }

  complete(): void {
    this.isOver = true;
    this.#over.resolve();
  }
}

/** A door to the outside. */
export class HookOperation implements Operation, WorkflowHook<unknown> {
  readonly id: string;
  readonly request: CreateEventRequest;
  readonly title: string;
  readonly token: string;
  readonly #payloads: unknown[] = [];
  readonly #waiting: ReturnType<typeof deferred<unknown>>[] = [];
  #conflict: HookConflictError | undefined;
  isCreated = false;
  /** Whether the workflow takes no more payloads, and whether the log says so. */
  isDisposed = false;
  isClosed = false;

  constructor(id: string, token: string, metadata: unknown) {
    this.id = id;
    this.token = token;
    this.title = `hook ${token}`;
    const eventData = { token, ...(metadata !== undefined && { metadata }) };
    this.request = { eventType: 'hook_created', correlationId: id, eventData };
  }

  next(): Promise<unknown> {
    const next = deferred<unknown>();
    if (this.#payloads.length > 0) next.resolve(this.#payloads.shift());
    else if (this.#conflict !== undefined) next.reject(this.#conflict);
    else this.#waiting.push(next);
    return next.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    while (!this.isDisposed) yield await this.next();
  }

  dispose(): void {
    this.isDisposed = true;
  }

  deliver(event: Event): boolean {
    switch (event.eventType) {
      case 'hook_created':
        this.isCreated = true;
        return event.eventData.token === this.token;
      case 'hook_conflict':
        this.isCreated = true;
        this.isClosed = true;
        this.#conflict = new HookConflictError(this.token);
        for (const one of this.#waiting.splice(0)) one.reject(this.#conflict);
        return event.eventData.token === this.token;
      case 'hook_received':
        this.#take(event.eventData.payload);
        return true;
      case 'hook_disposed':
        this.isClosed = true;
        return this.isDisposed;
      default:
        return false;
    }
  }

  #take(payload: unknown): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#payloads.push(payload);
    else first.resolve(payload);
  }
}
