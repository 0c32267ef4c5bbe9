import type { CreateEventRequest, Event } from '@world/contract';
import { HookDisposedError, ReplayDivergenceError, storedError } from './errors.js';
import { Operation } from './operation.js';
import { seededRandom } from './random.js';
import type { HookOptions, Workflow, WorkflowContext, WorkflowHook } from './workflow.js';

/**
 * Runs a workflow against its log. Events are delivered in the order of the log, and after each one the workflow runs until
 * it waits for the next: what it does at some point follows from the events before that point, and from nothing else.
 */
export class Replay {
  readonly #workflow: Workflow;
  readonly #runId: string;
  readonly #operations = new Map<string, Operation>();
  readonly #completed: CreateEventRequest[] = [];
  /** Epoch ms. */
  #now = 0;
  #input: unknown;
  #ending: { readonly output: unknown } | { readonly thrown: unknown } | undefined;

  private constructor(workflow: Workflow, runId: string) {
    this.#workflow = workflow;
    this.#runId = runId;
  }

  /** Replays a log from nothing. @throws ReplayDivergenceError when the code does not do what the log says */
  static async of(workflow: Workflow, events: readonly Event[]): Promise<Replay> {
    const replay = new Replay(workflow, events[0]?.runId as string);
    for (const event of events) await replay.#deliver(event);
    return replay;
  }

  /** Steps that are not over. */
  get openSteps(): readonly Operation[] {
    return this.#open('step_created');
  }

  /** Waits that are not over; the one that ends first comes first. */
  get openWaits(): readonly Operation[] {
    return this.#open('wait_created').sort((a, b) => a.resumeAtMs - b.resumeAtMs);
  }

  /** Whether it asks for a hook that is not in the log: only the log will say whether its token was free. */
  get opensHooks(): boolean {
    return this.#open('hook_created').some(({ isCreated }) => !isCreated);
  }

  /** Waits in the log whose time has come. */
  elapsedWaits(nowMs: number): readonly Operation[] {
    return this.openWaits.filter((one) => one.isCreated && one.resumeAtMs <= nowMs);
  }

  /** Goes on as though the log said that these waits are over; that is a decision, then. */
  async complete(waits: readonly Operation[]): Promise<void> {
    for (const wait of waits) {
      this.#now = Math.max(this.#now, wait.resumeAtMs);
      this.#completed.push(completionOf(wait));
      wait.end(undefined);
      await quiet();
    }
  }

  /** What the workflow has decided beyond the log, as the events that say so; or as much of it as can be said at once. */
  decisions(): CreateEventRequest[] {
    const all = [...this.#operations.values()];
    // What was freed may be taken anew.
    const disposed = all
      .filter(({ isCreated, isDisposed, isOver }) => isCreated && isDisposed && !isOver)
      .map(({ id }) => ({ eventType: 'hook_disposed', correlationId: id }) as const);
    const requests: CreateEventRequest[] = [...this.#completed, ...disposed];
    for (const { isCreated, isDisposed, request } of all) {
      if (!isCreated) requests.push(request);
      // Only the log will say whether it got its token, and has to free it.
      if (!isCreated && isDisposed) return requests;
    }
    const end = this.end();
    return end === undefined ? requests : [...requests, end];
  }

  /** The event that ends the run, once the workflow has ended, or waits for what can never come. */
  end(): CreateEventRequest | undefined {
    if (this.#ending === undefined) {
      const isWaiting = [...this.#operations.values()].some(
        (one) => !one.isOver && !one.isDisposed,
      );
      return isWaiting
        ? undefined
        : failed(new Error('waits for something that is not in its log'));
    }
    if ('output' in this.#ending) return { eventType: 'run_completed', eventData: this.#ending };
    return failed(this.#ending.thrown);
  }

  #open(kind: CreateEventRequest['eventType']): Operation[] {
    return [...this.#operations.values()].filter(
      ({ request, isOver }) => request.eventType === kind && !isOver,
    );
  }

  async #deliver(event: Event): Promise<void> {
    const operation = this.#operations.get(event.correlationId ?? '');
    // A wait is over at the time that was waited for: that is known before the log says so.
    const known = operation?.isCreated && operation.resumeAtMs;
    this.#now = Math.max(this.#now, known || event.createdAt.getTime());
    switch (event.eventType) {
      case 'run_created':
        this.#input = structuredClone(event.eventData.input);
        return;
      case 'run_started':
        this.#begin();
        break;
      case 'run_cancelled':
        return;
      case 'run_completed':
      case 'run_failed':
        if (this.end()?.eventType === event.eventType) return;
        throw this.#divergence(event, this.end()?.eventType ?? 'a workflow that goes on');
      default:
        if (operation?.deliver(event) !== true) throw this.#divergence(event, operation?.name);
    }
    await quiet();
  }

  #divergence(event: Event, found: string | undefined): ReplayDivergenceError {
    const asked = [...this.#operations.values()].map(({ id, name }) => `${name} (${id})`);
    const data = ('eventData' in event ? event.eventData : {}) as Record<string, unknown>;
    const name = data?.stepName ?? data?.token ?? event.correlationId ?? event.eventType;
    return new ReplayDivergenceError(
      event,
      `${name}`,
      found ?? `only ${asked.join(', ') || 'nothing'}`,
    );
  }

  #begin(): void {
    const running = Promise.resolve().then(() => this.#workflow(this.#context(), this.#input));
    // A copy: what it has given is not changed by what comes after its end.
    running.then(structuredClone<unknown>).then(
      (output) => {
        this.#ending = { output };
      },
      (thrown: unknown) => {
        this.#ending = { thrown };
      },
    );
  }

  /** The id of what the workflow asks for next. */
  #nextId(kind: string): string {
    return `${kind}_${this.#runId}_${this.#operations.size + 1}`;
  }

  /** Takes what the workflow asks for, at the next position. */
  #ask(kind: 'step' | 'wait' | 'hook', name: string, eventData: object): Operation {
    const correlationId = this.#nextId(kind);
    const request = { eventType: `${kind}_created`, correlationId, eventData };
    const operation = new Operation(correlationId, name, request as CreateEventRequest);
    this.#operations.set(correlationId, operation);
    return operation;
  }

  #context(): WorkflowContext {
    return {
      runId: this.#runId,
      now: () => this.#now,
      random: seededRandom(this.#runId),
      step: async (stepName, input: unknown = null) =>
        this.#ask('step', stepName, { stepName, input: structuredClone(input) }).next(),
      sleep: async (until) => {
        const resumeAt = typeof until === 'number' ? new Date(this.#now + until) : until;
        await this.#ask('wait', 'sleep', { resumeAt }).next();
      },
      hook: <T>({ token = this.#nextId('hook'), metadata }: HookOptions = {}) => {
        const given = metadata !== undefined && { metadata: structuredClone(metadata) };
        return doorOf<T>(this.#ask('hook', token, { token, ...given }));
      },
    };
  }
}

/** A hook as workflows see it. */
function doorOf<T>(hook: Operation): WorkflowHook<T> {
  return {
    token: hook.name,
    next: () => hook.next() as Promise<T>,
    dispose: () => hook.dispose(),
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) yield (await hook.next()) as T;
      } catch (error) {
        if (!(error instanceof HookDisposedError)) throw error;
      }
    },
  };
}

/**
 * Replays a whole log; returns the event that ends the run as the code would write it, if it has come to an end. For those
 * who check logs. @throws ReplayDivergenceError
 */
export async function replayLog(
  workflow: Workflow,
  events: readonly Event[],
): Promise<CreateEventRequest | undefined> {
  return (await Replay.of(workflow, events)).end();
}

const failed = (thrown: unknown): CreateEventRequest => ({
  eventType: 'run_failed',
  eventData: { error: storedError(thrown), errorCode: 'USER_ERROR' },
});

/** The event that says that a wait is over. */
export const completionOf = ({ id }: Operation): CreateEventRequest => ({
  eventType: 'wait_completed',
  correlationId: id,
});

/** Resolves when the workflow has come as far as it can without another event. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
