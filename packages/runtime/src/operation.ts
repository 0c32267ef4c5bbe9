import type { CreateEventRequest, Event } from '@world/contract';
import { HookConflictError, HookDisposedError, messageOf, StepFailedError } from './errors.js';

/** Something that a workflow has asked for: a step, a wait or a hook. The log says what becomes of it. */
export class Operation {
  /** Its kind, and its position among all that the workflow asks for. */
  readonly id: string;
  /** The event that asks for it. */
  readonly request: CreateEventRequest;
  /** Name of the step, token of the hook. */
  readonly name: string;
  /** Of a wait: when it is over, epoch ms. The log's word counts, once there is one. */
  resumeAtMs = 0;
  /** Whether the log holds its request, and whether nothing more will come. */
  isCreated = false;
  isOver = false;
  /** Of a hook: the workflow takes no more payloads. */
  isDisposed = false;
  readonly #values: unknown[] = [];
  readonly #takers: { resolve(value: unknown): void; reject(reason: Error): void }[] = [];
  #failure: Error | undefined;

  constructor(id: string, name: string, request: CreateEventRequest) {
    this.id = id;
    this.name = name;
    this.request = request;
    if (request.eventType === 'wait_created') this.#waitUntil(request.eventData.resumeAt);
  }

  /** The next thing that comes of it; each is given once, in the order of the log. */
  next(): Promise<unknown> {
    const next = new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else if (this.#values.length > 0) resolve(this.#values.shift());
      else this.#takers.push({ resolve, reject });
    });
    // A workflow that does not look at a failure has chosen not to.
    next.catch(() => {});
    return next;
  }

  /** Takes in an event about it, with data of its own: a log is replayed more than once. False when the code has not asked for such a thing. */
  deliver(event: Event): boolean {
    switch (event.eventType) {
      case 'step_created':
        this.isCreated = true;
        return event.eventData.stepName === this.name;
      case 'step_completed':
        this.end(structuredClone(event.eventData.result));
        return true;
      case 'step_failed':
        this.#fail(new StepFailedError(this.name, messageOf(event.eventData.error)));
        return true;
      case 'wait_created':
        this.isCreated = true;
        this.#waitUntil(event.eventData.resumeAt);
        return true;
      case 'wait_completed':
        this.end(undefined);
        return true;
      case 'hook_created':
        this.isCreated = true;
        return event.eventData.token === this.name;
      case 'hook_conflict':
        this.isCreated = true;
        this.#fail(new HookConflictError(this.name));
        return event.eventData.token === this.name;
      case 'hook_received':
        this.#give(structuredClone(event.eventData.payload));
        return true;
      case 'hook_disposed':
        this.isOver = true;
        return this.isDisposed;
      default:
        return true;
    }
  }

  /** Of a hook: no more payloads are taken. */
  dispose(): void {
    this.isDisposed = true;
    this.#reject(new HookDisposedError(`the hook ${this.name} was disposed of`));
  }

  /** Gives the last thing. */
  end(value: unknown): void {
    this.isOver = true;
    this.#give(value);
  }

  #waitUntil(time: Date): void {
    this.resumeAtMs = time.getTime();
  }

  #give(value: unknown): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#values.push(value);
    else taker.resolve(value);
  }

  #fail(reason: Error): void {
    this.isOver = true;
    this.#reject(reason);
  }

  #reject(reason: Error): void {
    this.#failure ??= reason;
    for (const taker of this.#takers.splice(0)) taker.reject(reason);
  }
}
