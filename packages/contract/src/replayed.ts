import { payloadSeqs } from './advance.js';
import { eventIdTime } from './event-id.js';
import { LogFold } from './fold.js';
import { MAX_PAGE_SIZE } from './pagination.js';
import { parseEventRecord } from './present.js';
import type {
  Append,
  CommandResult,
  Committed,
  EventPage,
  EventRecord,
  Fence,
  Replayed,
  RunRecord,
  Store,
} from './store.js';
import type { Rule } from './transitions.js';

/**
 * The first outcome of an append, told again from the log: the events that it appended, and its run and entities as
 * they were then. Reads no more than the entity's own events where those suffice.
 */
export async function replayedResults(
  store: Store,
  append: Append,
  { firstSeq, lastSeq }: Replayed,
): Promise<Committed> {
  const { runId, commands, logLimit } = append;
  const range = { runId, firstSeq, lastSeq };
  const entityId = commands.length === 1 ? commands[0]?.entity?.id : undefined;
  const own = entityId === undefined ? undefined : await retell(store, { ...range, entityId });
  const complete = own?.results.length === lastSeq - firstSeq + 1;
  const { log, before, results } =
    own && complete && lastSeq >= firstSeq ? own : await retell(store, range);
  const inOrder = matchCommands(append, results, { log, before });
  const passed = await passedAgain(store, append, firstSeq);
  const held = new Set(inOrder.flatMap(({ run, entity }) => payloadSeqs(entity ?? run)));
  return {
    kind: 'committed',
    results: inOrder,
    payloads: append.payloads ? log.filter(({ seq }) => held.has(seq)) : [],
    ...(logLimit > 0 && {
      log: { events: log.slice(0, logLimit), hasMore: log.length > logLimit },
    }),
    ...(passed && { passed }),
  };
}

interface Retold {
  readonly log: readonly EventRecord[];
  /** The run before the first event, if it was there. */
  readonly before?: RunRecord | undefined;
  readonly results: readonly CommandResult[];
}

/** Folds the log up to `lastSeq`, or one entity's part of it, and returns what each event from `firstSeq` on has done. */
async function retell(
  store: Store,
  range: {
    readonly runId: string;
    readonly firstSeq: number;
    readonly lastSeq: number;
    readonly entityId?: string;
  },
): Promise<Retold> {
  const { runId, firstSeq, lastSeq, entityId } = range;
  const run = entityId === undefined ? undefined : await store.readRun(runId);
  const fold = new LogFold();
  const log: EventRecord[] = [];
  const results: CommandResult[] = [];
  let before: RunRecord | undefined;
  for await (const event of readLog(store, runId, lastSeq, entityId)) {
    const changed = fold.add(parseEventRecord(event));
    log.push(event);
    const { seq, eventId } = event;
    const after = run === undefined ? fold.run : { ...run, tail: { ...run.tail, seq, eventId } };
    if (seq < firstSeq) before = after;
    if (seq < firstSeq || after === undefined) continue;
    results.push({ event, run: after, ...('kind' in changed && { entity: changed }) });
  }
  return { log, before, results };
}

async function* readLog(
  store: Store,
  runId: string,
  lastSeq: number,
  correlationId: string | undefined,
): AsyncGenerator<EventRecord> {
  let afterSeq = 0;
  while (afterSeq < lastSeq) {
    const events = await store.readEvents({
      runId,
      ...(correlationId !== undefined && { correlationId }),
      afterSeq,
      order: 'asc',
      limit: MAX_PAGE_SIZE,
    });
    for (const event of events) {
      if (event.seq > lastSeq) return;
      yield event;
      afterSeq = event.seq;
    }
    if (events.length < MAX_PAGE_SIZE) return;
  }
}

/** With an in-band fence: the events beyond it that stood before the append's first one. */
async function passedAgain(
  store: Store,
  { runId, fence, missedLimit }: Append,
  firstSeq: number,
): Promise<EventPage | undefined> {
  if (fence?.scope !== 'in-band' || firstSeq === 1) return undefined;
  const beyond: EventRecord[] = [];
  let before = firstSeq;
  while (before > 1) {
    const events = await store.readEvents({
      runId,
      afterSeq: before,
      order: 'desc',
      limit: missedLimit + 1,
    });
    const newer = events.filter((event) => isBeyond(event, fence));
    beyond.unshift(...newer.toReversed());
    before = newer.length < events.length ? 1 : (events.at(-1)?.seq ?? 1);
  }
  return { events: beyond.slice(0, missedLimit), hasMore: beyond.length > missedLimit };
}

const isBeyond = ({ eventId }: EventRecord, { lastKnownEventId, asOfTimestamp }: Fence): boolean =>
  lastKnownEventId === undefined
    ? eventIdTime(eventId) >= (asOfTimestamp ?? 0)
    : eventId > lastKnownEventId;

/**
 * One result per command; a command may have put another event first, or appended nothing. When the key was used for
 * another request, one result per event: the first outcome all the same.
 */
function matchCommands(
  { commands }: Append,
  committed: readonly CommandResult[],
  { log, before }: Pick<Retold, 'log' | 'before'>,
): readonly CommandResult[] {
  const results: CommandResult[] = [];
  let next = 0;
  for (const { eventType, instead, first, rules } of commands) {
    if (first !== undefined && committed[next]?.event?.eventType === first.eventType) next += 1;
    const candidate = committed[next];
    const type = candidate?.event?.eventType;
    if (candidate !== undefined && (type === eventType || type === instead?.eventType)) {
      results.push(candidate);
      next += 1;
      continue;
    }
    const run = committed[next - 1]?.run ?? before;
    if (run !== undefined) results.push(keptResult(run, rules, log));
  }
  return next === committed.length ? results : committed;
}

/** What a command answers that appended nothing: the run, and the event that its rule names. */
function keptResult(
  run: RunRecord,
  rules: readonly Rule[],
  log: readonly EventRecord[],
): CommandResult {
  const field = rules.flatMap(({ otherwise }) =>
    'keep' in otherwise && otherwise.eventField !== undefined ? [otherwise.eventField] : [],
  )[0];
  const event = field && log.find(({ seq }) => seq === run.state[field]);
  return { run, ...(event && { event }) };
}
