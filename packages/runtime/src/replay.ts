import type { CreateEventRequest, Event } from '@world/contract';
import { ReplayDivergenceError, storedError } from './errors.js';
import { HookOperation, type Operation, StepOperation, WaitOperation } from './operations.js';
import { seededRandom } from './random.js';
import type { Workflow, WorkflowContext, WorkflowHook } from './workflow.js';

/** How the workflow's function has ended. */
type Ending = { readonly output: unknown } | { readonly thrown: unknown };

/**
 * Runs a workflow against its log. Events are delivered in the order of the log, and after each one the workflow runs until
 * it waits for the next: what it does at some point follows from the events before that point, and from nothing else.
 */
export class Replay {
  readonly #runId: string;
  readonly #operations = new Map<string, Operation>();
  readonly #random: () => number;
  /** Epoch ms. */
  #now = 0;
  #input: unknown;
  #ending: Ending | undefined;

  private constructor(runId: string) {
    this.#runId = runId;
    this.#random = seededRandom(runId);
  }

  /** @throws ReplayDivergenceError when the code does not do what the log says. */
  static async of(workflow: Workflow, events: readonly Event[]): Promise<Replay> {
    const replay = new Replay(events[0]?.runId as string);
    for (const event of events) await replay.#deliver(workflow, event);
    return replay;
  }

  /** Steps that are not over; they are in the log once the decisions are. */
  get openSteps(): readonly StepOperation[] {
    return this.#all(StepOperation).filter((one) => !one.isOver);
  }

  /** The wait that is over next, if there is one. */
  get nextWait(): WaitOperation | undefined {
    return this.#openWaits()[0];
  }

  /** Waits in the log whose time has come, the earliest first. */
  elapsedWaits(nowMs: number): readonly WaitOperation[] {
    return this.#openWaits().filter((one) => one.isCreated && one.resumeAt.getTime() <= nowMs);
  }

  /** Goes on as though the log said that this wait is over; returns the event that has to say so. */
  async complete(wait: WaitOperation): Promise<CreateEventRequest> {
    this.#now = Math.max(this.#now, wait.resumeAt.getTime());
    wait.complete();
    await microtasks();
    return { eventType: 'wait_completed', correlationId: wait.id };
  }

  /** What the workflow has decided beyond the log, as the events that say so. */
  decisions(): CreateEventRequest[] {
    const requests: CreateEventRequest[] = [];
    for (const operation of this.#operations.values()) {
      if (!operation.isCreated) requests.push(operation.request);
    }
    for (const { id, isCreated, isDisposed, isClosed } of this.#all(HookOperation)) {
      const isToClose = isCreated && isDisposed && !isClosed;
      if (isToClose) requests.push({ eventType: 'hook_disposed', correlationId: id });
    }
    const end = this.end();
    if (end !== undefined) requests.push(end);
    return requests;
  }

  /** The event that ends the run, once the workflow has ended. */
  end(): CreateEventRequest | undefined {
    const ending = this.#ending;
    if (ending === undefined) return undefined;
    if ('output' in ending)
      return { eventType: 'run_completed', eventData: { output: ending.output } };
    const error = storedError(ending.thrown);
    return { eventType: 'run_failed', eventData: { error, errorCode: 'USER_ERROR' } };
  }

  /** Whether it asks for a hook that is not in the log yet: only the log will say whether its token was free. */
  get opensHooks(): boolean {
    return this.#all(HookOperation).some(({ isCreated }) => !isCreated);
  }

  #all<T extends Operation>(kind: new (...args: never[]) => T): T[] {
    return [...this.#operations.values()].filter((one): one is T => one instanceof kind);
  }

  #openWaits(): WaitOperation[] {
    return this.#all(WaitOperation)
      .filter((one) => !one.isOver)
      .sort((a, b) => a.resumeAt.getTime() - b.resumeAt.getTime());
  }

  async #deliver(workflow: Workflow, event: Event): Promise<void> {
    const operation = event.correlationId && this.#operations.get(event.correlationId);
    // A wait is over at the time that was waited for: that is known before the log says it.
    const time =
      operation instanceof WaitOperation && operation.isCreated
        ? operation.resumeAt
        : event.createdAt;
    this.#now = Math.max(this.#now, time.getTime());
    switch (event.eventType) {
      case 'run_created':
        this.#input = event.eventData.input;
        return;
      case 'run_started':
        this.#begin(workflow);
        break;
      case 'run_cancelled':
        return;
      case 'run_completed':
      case 'run_failed':
        this.#expectEnd(event);
        return;
      default:
        this.#expectOperation(event);
    }
    await microtasks();
  }

  #begin(workflow: Workflow): void {
    const started = Promise.resolve().then(() => workflow(this.#context(), this.#input));
    started.then(
      (output) => {
        this.#ending = { output };
      },
      (thrown: unknown) => {
        this.#ending = { thrown };
      },
    );
  }

  #expectEnd(event: Event): void {
    const end = this.end();
    if (end?.eventType === event.eventType) return;
    throw new ReplayDivergenceError(
      event,
      event.eventType,
      end?.eventType ?? 'a workflow that waits',
    );
  }

  #expectOperation(event: Event): void {
    const operation = this.#operations.get(event.correlationId as string);
    if (operation?.deliver(event) === true) return;
    const expected = `${event.eventType} of ${titleOf(event)}`;
    const asked = [...this.#operations.values()].map(({ id, title }) => `${title} (${id})`);
    throw new ReplayDivergenceError(
      event,
      expected,
      operation?.title ?? `only ${asked.join(', ') || 'nothing'}`,
    );
  }

  /** Adds an operation at the next position. */
  #ask<T extends Operation>(kind: string, make: (id: string) => T): T {
    const position = this.#operations.size + 1;
    const operation = make(`${kind}_${this.#runId}_${position}`);
    this.#operations.set(operation.id, operation);
    return operation;
  }

  #context(): WorkflowContext {
    return {
      runId: this.#runId,
      step: (name, input?: unknown) =>
        this.#ask('step', (id) => new StepOperation(id, name, input)).outcome,
      sleep: (until) => {
        const resumeAt = typeof until === 'number' ? new Date(this.#now + until) : until;
        return this.#ask('wait', (id) => new WaitOperation(id, resumeAt)).over;
      },
      hook: <T>(options: { token?: string; metadata?: unknown } = {}) =>
        this.#ask(
          'hook',
          (id) => new HookOperation(id, options.token ?? id, options.metadata),
        ) as WorkflowHook<unknown> as WorkflowHook<T>,
      now: () => this.#now,
      random: this.#random,
    };
  }
}

/**
 * Replays a whole log from nothing; returns the event that ends the run as the code would write it, if it has come to an
 * end. For those who check logs. @throws ReplayDivergenceError
 */
export async function replayLog(
  workflow: Workflow,
  events: readonly Event[],
): Promise<CreateEventRequest | undefined> {
  return (await Replay.of(workflow, events)).end();
}

/** What an event is about, in the words of operations. */
function titleOf({ correlationId, ...event }: Event): string {
  const data = 'eventData' in event ? (event.eventData as Record<string, unknown> | undefined) : {};
  const name = data?.stepName ?? data?.token;
  return typeof name === 'string' ? `${name} (${correlationId})` : `${correlationId}`;
}

/** Resolves when no promise is left that can go on by itself. */
const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
