import type {
  CreateEventParams,
  CreateEventRequest,
  Event,
  EventResult,
  World,
} from '@world/contract';
import { FenceConflictError } from '@world/contract';
import { line, paint, table } from './print.js';

/** Who writes to the log: the runner of workflow code, the sender of the hook, the runner of steps. */
export type Who = 'tick' | 'approver' | 'worker';

const WHO_WIDTH = 'approver'.length;
const TEXT_INDENT = ' '.repeat('10. '.length + WHO_WIDTH + 2);

/** The parts of an event id in which the ids of one run differ: the end of its time, and its own end. They ascend. */
export const shortId = (id: string): string => `…${id.slice(-20, -16)}…${id.slice(-3)}`;

/** `event 5, hook_received`. */
export const titleOf = ({ seq, eventType }: Event): string => `event ${seq}, ${eventType}`;

/** Performs and prints what happens to one run, and remembers who wrote which event. */
export class Script {
  readonly runId: string;
  readonly #writers = new Map<string, Who>();
  #steps = 0;

  constructor(runId: string) {
    this.runId = runId;
  }

  /** Prints the next numbered step. */
  step(who: Who, text: string): void {
    this.#steps += 1;
    const number = `${this.#steps}.`.padStart('10.'.length);
    line(`${number} ${paint('cyan', who.padEnd(WHO_WIDTH))}  ${text}`);
  }

  /** Prints more about the last step. */
  note(text: string): void {
    line(TEXT_INDENT + text);
  }

  /** Remembers who wrote an event. */
  wrote(who: Who, event: Event): void {
    this.#writers.set(event.eventId, who);
  }

  /** Appends as the next step, and prints that it was accepted. Rejects when it is refused. */
  async append(
    who: Who,
    world: World,
    request: CreateEventRequest,
    params: CreateEventParams = {},
  ): Promise<EventResult & { event: Event }> {
    this.step(who, describe(request, params));
    const result = await world.events.create(this.runId, request, params);
    const { event } = result;
    if (event === undefined) throw new Error(`${request.eventType} appended nothing`);
    this.wrote(who, event);
    this.note(`${paint('green', 'accepted')} as event ${event.seq}, ${shortId(event.eventId)}`);
    return { ...result, event };
  }

  /** Appends as the next step, and prints the refusal, whose missed events it returns. Rejects when it is accepted. */
  async appendStale(
    who: Who,
    world: World,
    request: CreateEventRequest,
    params: CreateEventParams,
  ): Promise<{ tail: string; missed: readonly Event[] }> {
    this.step(who, describe(request, params));
    const error = await world.events.create(this.runId, request, params).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) throw new Error(`a stale ${request.eventType} was accepted`);
    if (!FenceConflictError.is(error)) throw error;
    const { code, lastKnownEventId, tailEventId } = error;
    if (lastKnownEventId === null || tailEventId === null) throw error;
    const missed = error.missed.events;
    this.note(paint('red', 'REFUSED, nothing written. The error says:'));
    table(
      [
        ['code', code],
        ['fence', shortId(lastKnownEventId), 'what the tick has read'],
        ['tail', shortId(tailEventId), 'where the log is'],
        ...missed.map((event) => ['missed', shortId(event.eventId), titleOf(event)]),
      ],
      [],
      `${TEXT_INDENT}  `,
    );
    return { tail: tailEventId, missed };
  }

  /** Prints events of the log as a table. */
  printLog(log: readonly Event[]): void {
    const rows = log.map(({ seq, eventId, eventType, correlationId = '' }) => [
      `${seq}`,
      shortId(eventId),
      eventType,
      correlationId,
      this.#writers.get(eventId) ?? '',
    ]);
    table([['seq', 'event id', 'type', 'correlation id', 'written by'], ...rows], [0], '  ');
  }
}

function describe(request: CreateEventRequest, params: CreateEventParams): string {
  const { lastKnownEventId, fenceScope } = params;
  const scope = fenceScope === undefined ? '' : `, fenceScope ${fenceScope}`;
  const fence = lastKnownEventId === undefined ? 'no fence' : `fence ${shortId(lastKnownEventId)}`;
  return `writes ${paint('bold', request.eventType)} (${fence}${scope})`;
}
