import type { Event, EventType, World } from '@world/contract';

/** What ends a run. */
export const RUN_ENDS: ReadonlySet<EventType> = new Set<EventType>([
  'run_completed',
  'run_failed',
  'run_cancelled',
]);

/** A run's log as far as it is known: a prefix, since that is all that a world ever shows. */
export class RunLog {
  readonly runId: string;
  readonly #world: World;
  readonly #events: Event[] = [];
  #cursor: string | null | undefined;

  private constructor(world: World, runId: string) {
    this.#world = world;
    this.runId = runId;
  }

  /** Starts the run, unless it was started, and reads its log: one round trip for a page. @throws RUN_EXPIRED, RUN_NOT_FOUND */
  static async start(world: World, runId: string): Promise<RunLog> {
    const log = new RunLog(world, runId);
    const {
      events = [],
      cursor,
      hasMore,
    } = await world.events.create(runId, {
      eventType: 'run_started',
    });
    log.merge(events);
    log.#cursor = cursor;
    if (hasMore === true) await log.readOn();
    return log;
  }

  get events(): readonly Event[] {
    return this.#events;
  }

  /** Id of the last event that is known: the fence. */
  get tail(): string {
    return this.#events.at(-1)?.eventId as string;
  }

  get workflowName(): string {
    const [first] = this.#events;
    if (first?.eventType !== 'run_created') throw new Error(`${this.runId} does not begin`);
    return first.eventData.workflowName;
  }

  /** Whether the run has ended. */
  get isOver(): boolean {
    return this.#events.some(({ eventType }) => RUN_ENDS.has(eventType));
  }

  /** Takes in events that someone else has read; those that are known already are passed over. */
  merge(events: readonly Event[]): void {
    for (const event of events) {
      if (event.seq === this.#events.length + 1) this.#events.push(event);
    }
  }

  /** Reads what has come since the last page that was read here. */
  async readOn(): Promise<void> {
    const { runId } = this;
    let hasMore = true;
    while (hasMore) {
      const pagination = this.#cursor ? { cursor: this.#cursor } : {};
      const page = await this.#world.events.list({ runId, pagination });
      this.merge(page.data);
      this.#cursor = page.cursor ?? this.#cursor;
      hasMore = page.hasMore;
    }
  }
}
