import type { World } from '@workflow/world';
import { openStockRun } from '../logs/peers.js';

/** What a world must not do, counted, by the stock contract. Worlds are on the same data, and take turns. */
export type Check = (worlds: readonly World[]) => Promise<number>;

const WRITERS = 16;
const EVENTS = 400;
const RUNS = 100;
const SMALL_PAGE = 7;
const LARGE_PAGE = 1000;

type Page = Awaited<ReturnType<World['events']['list']>>;
type Request = Parameters<World['events']['create']>[1];

/** Events that were acknowledged, and that a reader who goes on from his last cursor never gets. */
export const missedByFollower: Check = async (worlds) => {
  const runId = await openStockRun(worlds[0] as World);
  const { events } = worlds.at(-1) as World;
  const seen = new Set<string>();
  let cursor: string | undefined;
  let isWriting = true;
  const follow = async (): Promise<void> => {
    for (;;) {
      const isLast = !isWriting;
      const page: Page = await events.list({ runId, pagination: paged(LARGE_PAGE, cursor) });
      for (const { eventId } of page.data) seen.add(eventId);
      cursor = page.cursor ?? cursor;
      if (isLast && (page.data.length === 0 || cursor === undefined)) return;
    }
  };
  const following = follow();
  const acknowledged = await write(worlds, runId);
  isWriting = false;
  await following;
  return missing(acknowledged, seen);
};

/** Events beyond the first of what may happen once, asked for by 16 at once. */
export const duplicates: Check = async (worlds) => {
  const runId = await openStockRun(worlds[0] as World);
  let more = 0;
  for (const request of ONCE()) {
    await inTurns(worlds, WRITERS, WRITERS, async ({ events }) => {
      // All but one are to be refused.
      await events.create(runId, request).catch(() => {});
    });
    const { data } = await (worlds[0] as World).events.listByCorrelationId({
      correlationId: request.correlationId as string,
      pagination: paged(LARGE_PAGE),
    });
    const logged = data.filter(({ eventType }) => eventType === request.eventType).length;
    more += Math.max(0, logged - 1);
  }
  return more;
};

/** Events and runs that were acknowledged, and that no page has when all are read in small ones. */
export const lostAtPageEdges: Check = async (worlds) => {
  const [world] = worlds as [World];
  const runIds = new Set<string>();
  await inTurns(worlds, RUNS, WRITERS, async (one) => void runIds.add(await openStockRun(one)));
  const runId = await openStockRun(world);
  const acknowledged = await write(worlds, runId);
  const seen = await readAll((pagination) => world.events.list({ runId, pagination }));
  const seenRuns = await readAll((pagination) => world.runs.list({ pagination }));
  return (
    missing(acknowledged, new Set(seen.map(({ eventId }) => eventId))) +
    missing(runIds, new Set(seenRuns.map((run) => run.runId)))
  );
};

/** Lets writers append steps to a run; resolves to the ids of the events. */
async function write(worlds: readonly World[], runId: string): Promise<Set<string>> {
  const acknowledged = new Set<string>();
  await inTurns(worlds, EVENTS, WRITERS, async ({ events }) => {
    const { event } = await events.create(runId, stepCreated());
    if (event !== undefined) acknowledged.add(event.eventId);
  });
  return acknowledged;
}

const stepCreated = (): Request & { correlationId: string } => ({
  eventType: 'step_created',
  correlationId: `step_${crypto.randomUUID()}`,
  eventData: { stepName: 'work', input: new Uint8Array(20) },
});

const ONCE = (): Request[] => [
  stepCreated(),
  {
    eventType: 'hook_created',
    correlationId: `hook_${crypto.randomUUID()}`,
    eventData: { token: crypto.randomUUID() },
  },
  {
    eventType: 'wait_created',
    correlationId: `wait_${crypto.randomUUID()}`,
    eventData: { resumeAt: new Date(Date.now() + 3_600_000) },
  },
];

/** Does something so often, so many at a time, on one world after the other. */
async function inTurns(
  worlds: readonly World[],
  times: number,
  atOnce: number,
  work: (world: World) => Promise<void>,
): Promise<void> {
  let turn = 0;
  const worker = async (): Promise<void> => {
    while (turn < times) {
      turn += 1;
      await work(worlds[turn % worlds.length] as World);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

interface Pagination {
  readonly limit: number;
  readonly cursor?: string;
  readonly sortOrder: 'asc';
}

const paged = (limit: number, cursor?: string): Pagination => ({
  limit,
  sortOrder: 'asc',
  ...(cursor !== undefined && { cursor }),
});

interface PageOf<T> {
  readonly data: readonly T[];
  readonly cursor: string | null;
  readonly hasMore: boolean;
}

async function readAll<T>(list: (pagination: Pagination) => Promise<PageOf<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await list(paged(SMALL_PAGE, cursor));
    all.push(...page.data);
    if (!page.hasMore || page.cursor === null) return all;
    cursor = page.cursor;
  }
}

const missing = (wanted: ReadonlySet<string>, got: ReadonlySet<string>): number =>
  [...wanted].filter((one) => !got.has(one)).length;
