import {
  type CorrelationRange,
  type EntityKind,
  type EntityRange,
  type EntityRecord,
  type EventRecord,
  RUN_STATUSES,
  type RunRange,
  type RunRecord,
  type SortOrder,
  TRANSITIONS,
} from '@world/contract';
import {
  holderMember,
  holderPosition,
  holdersOf,
  type IndexRange,
  idMember,
  idTextOf,
  type Member,
  runMember,
  runPosition,
  runsHolding,
  runsOfStatus,
  runsOfWorkflow,
} from './index-members.js';
import type { IndexPages } from './index-pages.js';
import type { LogReads } from './log-reads.js';
import type { RunReads } from './run-reads.js';

/** Kinds of entities that hold tokens: found by id without their run. */
const HOLDING_KINDS: ReadonlySet<string> = new Set(
  Object.values(TRANSITIONS).flatMap(({ subject, effect }) =>
    effect.token === 'claim' ? [subject] : [],
  ),
);

/** How many runs one step of a walk through all of them takes, and a page whose filter passes over many. */
const STEP = 500;

/** What a run's own slot says of a member of the index. */
interface Verdict<R> {
  /** Absent when the list does not show it. */
  readonly shown?: R | undefined;
  /** It was true once, and never will be again. */
  readonly isStale: boolean;
}

interface List<M extends Member, R> {
  readonly ranges: (after: string | undefined) => readonly IndexRange[];
  readonly after: string | undefined;
  readonly order: SortOrder;
  readonly limit: number;
  readonly parse: (text: string) => M;
  readonly read: (member: M) => Promise<Verdict<R>>;
  /** All members that stand and fall with this one; itself alone when not given. */
  readonly texts?: (member: M) => readonly string[];
}

/**
 * Reads of what spans runs. The index says where to look, the run's own slot what is there: members that it does not bear
 * out are passed over, and removed.
 */
export class IndexReads {
  readonly #pages: IndexPages;
  readonly #runs: RunReads;
  readonly #log: LogReads;

  constructor(pages: IndexPages, runs: RunReads, log: LogReads) {
    this.#pages = pages;
    this.#runs = runs;
    this.#log = log;
  }

  runs({ status, workflowName, after, order, limit }: RunRange): Promise<readonly RunRecord[]> {
    const ranges = (position: string | undefined): readonly IndexRange[] => {
      if (workflowName !== undefined) return [runsOfWorkflow(workflowName, position, order)];
      const statuses = status === undefined ? RUN_STATUSES : [status];
      return statuses.map((one) => runsOfStatus(one, position, order));
    };
    return this.#collect({
      ranges,
      after: after && runPosition(after),
      order,
      limit,
      parse: runMember,
      read: async ({ text, runId, position }) => {
        const run = await this.#runs.run(runId);
        if (run === undefined || positionOfRun(run) !== position) return { isStale: true };
        // A run never comes back to a status; in the list of its workflow it stays. What was true when the page was read
        // is shown all the same: the member of its status now may lie on no page of this reader.
        const isStale = workflowName === undefined && !text.startsWith(`s${run.state.status}\0`);
        const shows = status === undefined || run.state.status === status;
        return shows ? { shown: run, isStale } : { isStale };
      },
    });
  }

  /** Entities of all runs that hold a token. */
  holders({
    kind,
    hiddenStatuses,
    after,
    order,
    limit,
  }: EntityRange): Promise<readonly EntityRecord[]> {
    return this.#collect({
      ranges: (position) => [holdersOf(kind, position, order)],
      after: after && holderPosition(after, order),
      order,
      limit,
      parse: holderMember,
      read: ({ runId, id }) => this.#holder(kind, runId, id, hiddenStatuses),
      texts: (member) => [member.text, idTextOf(kind, member)],
    });
  }

  /** An entity of that id in any run, in none of these statuses. */
  async find(
    kind: EntityKind,
    id: string,
    hiddenStatuses: readonly string[],
  ): Promise<EntityRecord | undefined> {
    if (HOLDING_KINDS.has(kind)) {
      const [found] = await this.#collect({
        ranges: (after) => (after === undefined ? [runsHolding(kind, id)] : []),
        after: undefined,
        order: 'asc',
        limit: STEP,
        parse: idMember,
        read: ({ runId }) => this.#holder(kind, runId, id, hiddenStatuses),
      });
      return found;
    }
    for await (const runIds of this.#walk()) {
      const found = await Promise.all(runIds.map((runId) => this.#runs.entity(kind, runId, id)));
      const shown = found.find((one) => one && !hiddenStatuses.includes(one.state.status));
      if (shown !== undefined) return shown;
    }
    return undefined;
  }

  /** Visits every run: nothing is stored per step or wait outside of its run. */
  async correlatedEvents(range: CorrelationRange): Promise<readonly EventRecord[]> {
    const { correlationId, after, order, limit } = range;
    const sign = order === 'asc' ? 1 : -1;
    const holding: string[] = [];
    for await (const runIds of this.#walk()) {
      const has = await Promise.all(
        runIds.map((runId) => this.#runs.hasCorrelated(runId, correlationId)),
      );
      holding.push(...runIds.filter((_, i) => has[i]));
    }
    const beyond = holding
      .filter((runId) => after === undefined || sign * compare(runId, after.runId) >= 0)
      .sort((a, b) => sign * compare(a, b));
    const events: EventRecord[] = [];
    for (const runId of beyond) {
      const afterSeq = runId === after?.runId ? { afterSeq: after.seq } : {};
      const missing = limit - events.length;
      events.push(
        ...(await this.#log.range({ runId, correlationId, ...afterSeq, order, limit: missing })),
      );
      if (events.length === limit) break;
    }
    return events;
  }

  async #holder(
    kind: EntityKind,
    runId: string,
    id: string,
    hiddenStatuses: readonly string[],
  ): Promise<Verdict<EntityRecord>> {
    const entity = await this.#runs.entity(kind, runId, id);
    const shown = entity && !hiddenStatuses.includes(entity.state.status) ? entity : undefined;
    return { shown, isStale: shown === undefined };
  }

  async #collect<M extends Member, R>(list: List<M, R>): Promise<readonly R[]> {
    const { ranges, order, limit, parse, read } = list;
    const shown: R[] = [];
    let after = list.after;
    for (let size = limit; ; size = Math.max(limit, STEP)) {
      const members = await this.#pages.read(ranges(after), parse, { order, limit: size });
      const verdicts = await Promise.all(members.map(read));
      const stale = members.filter((_, i) => verdicts[i]?.isStale);
      await this.#pages.remove(stale.flatMap((member) => list.texts?.(member) ?? [member.text]));
      // Members of one position are of one run, of which one is late.
      const isRepeated = (i: number) =>
        members[i]?.position === members[i - 1]?.position && verdicts[i - 1]?.shown !== undefined;
      shown.push(...verdicts.flatMap(({ shown: one }, i) => (one && !isRepeated(i) ? one : [])));
      if (members.length < size || shown.length >= limit) return shown.slice(0, limit);
      after = members.at(-1)?.position;
    }
  }

  /** The ids of all runs, newest first, some at a time. */
  async *#walk(): AsyncGenerator<readonly string[]> {
    let after: string | undefined;
    do {
      const ranges = RUN_STATUSES.map((status) => runsOfStatus(status, after, 'desc'));
      const page = { order: 'desc', limit: STEP } as const;
      const members = await this.#pages.read(ranges, runMember, page);
      yield members.map(({ runId }) => runId);
      after = members.length < STEP ? undefined : members.at(-1)?.position;
    } while (after !== undefined);
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const positionOfRun = ({ runId, state }: RunRecord): string =>
  runPosition({ createdAt: Number(state.createdAt), runId });
