import { type Command, createCommand } from './command.js';
import { invalidArgument, worldError } from './errors.js';
import { eventIdTime, isEventId, MAX_IMPORTED_TIME_MS } from './event-id.js';
import { type Event, EventSchema, type ParsedEvent } from './events.js';
import { LogFold } from './fold.js';
import { MAX_PAGE_SIZE } from './pagination.js';
import { parseArgument } from './parse.js';
import { isHidden } from './present.js';
import { refusalError } from './refusals.js';
import { isRunId } from './run-id.js';
import type { Append, Store } from './store.js';
import { findUnstorable } from './values.js';

/** Copies a log into a store: the same commands as ever, with ids and times given instead of minted. */
export async function importEvents(
  store: Store,
  runId: string,
  events: readonly Event[],
  payloadLimitBytes: number,
): Promise<{ imported: number }> {
  if (!isRunId(runId)) throw invalidArgument('runId', 'is not a run id (wrun_ + ULID)');
  if (!Array.isArray(events)) throw invalidArgument('events', 'is not a list of events');
  const parsed = events.map((event, i) => parseImported(event, i, runId, payloadLimitBytes));
  assertOrder(parsed);
  const tail = (await store.readRun(runId))?.tail;
  const stored = tail?.seq ?? 0;
  await assertSameLog(
    store,
    runId,
    parsed.filter(({ seq }) => seq <= stored),
  );
  const missing = parsed.filter(({ seq }) => seq > stored);
  const first = missing[0];
  if (first !== undefined && first.seq !== stored + 1) {
    throw diverged(runId, first.seq, `the log ends at ${stored}`);
  }
  const live = liveHooks(parsed);
  for (let start = 0; start < missing.length; start += MAX_PAGE_SIZE) {
    const chunk = missing.slice(start, start + MAX_PAGE_SIZE);
    const before = missing[start - 1]?.eventId ?? tail?.eventId;
    await appendImported(store, runId, chunk, { before, live });
  }
  return { imported: missing.length };
}

/** Hooks that a log leaves live. Only they need their token: what was released since may be another run's here. */
function liveHooks(events: readonly ParsedEvent[]): ReadonlySet<string> {
  const fold = new LogFold();
  for (const event of events) fold.add(event);
  const hooks = fold.entities.filter((one) => one.kind === 'hook' && !isHidden(one));
  return new Set(hooks.map(({ id }) => id));
}

function parseImported(
  event: Event,
  index: number,
  runId: string,
  payloadLimitBytes: number,
): ParsedEvent {
  const field = `events[${index}]`;
  const parsed: ParsedEvent = parseArgument(EventSchema, event, field);
  const unstorable = findUnstorable(parsed.eventData, `${field}.eventData`, payloadLimitBytes);
  if (unstorable !== undefined) throw invalidArgument(unstorable.path, unstorable.problem);
  if (parsed.runId !== runId) throw invalidArgument(`${field}.runId`, 'is of another run');
  if (!isEventId(parsed.eventId)) throw invalidArgument(`${field}.eventId`, 'is not an event id');
  if (eventIdTime(parsed.eventId) > MAX_IMPORTED_TIME_MS) {
    throw invalidArgument(`${field}.eventId`, 'has a time that leaves too few ids above it');
  }
  if (parsed.seq === 1 && parsed.eventType !== 'run_created') {
    throw invalidArgument(`${field}.eventType`, 'is not run_created, with which every log begins');
  }
  return parsed;
}

function assertOrder(events: readonly ParsedEvent[]): void {
  for (const [i, event] of events.entries()) {
    const before = events[i - 1];
    if (before === undefined) continue;
    if (event.seq !== before.seq + 1) {
      throw invalidArgument(`events[${i}].seq`, 'does not follow the one before');
    }
    if (event.eventId <= before.eventId) {
      throw invalidArgument(`events[${i}].eventId`, 'is not above the one before');
    }
  }
}

const diverged = (runId: string, seq: number, problem: string) =>
  worldError('LOG_DIVERGED', `run ${runId} has another log here: at ${seq}, ${problem}`, {
    details: { runId, seq },
  });

/** What is there already must be what would have been imported. */
async function assertSameLog(
  store: Store,
  runId: string,
  events: readonly ParsedEvent[],
): Promise<void> {
  for (let start = 0; start < events.length; start += MAX_PAGE_SIZE) {
    const chunk = events.slice(start, start + MAX_PAGE_SIZE);
    const records = await store.readEventsAt(chunk.map(({ seq }) => ({ runId, seq })));
    const idAt = new Map(records.map(({ seq, eventId }) => [seq, eventId]));
    for (const { seq, eventId } of chunk) {
      if (idAt.get(seq) !== eventId) throw diverged(runId, seq, `${idAt.get(seq)}, not ${eventId}`);
    }
  }
}

/** One commit, fenced on what it continues, so that a copy never mixes with other writers. */
async function appendImported(
  store: Store,
  runId: string,
  events: readonly ParsedEvent[],
  { before, live }: { before: string | undefined; live: ReadonlySet<string> },
): Promise<void> {
  const first = events[0];
  if (first !== undefined && before !== undefined && first.eventId <= before) {
    throw diverged(runId, first.seq, `${first.eventId} is not above ${before}`);
  }
  const append: Append = {
    runId,
    commands: events.map((event) => importCommand(event, live)),
    ...(before !== undefined && { fence: { lastKnownEventId: before, scope: 'tail' as const } }),
    entropy: [],
    provenance: events.map(({ eventId, createdAt }) => ({
      eventId,
      createdAt: createdAt.getTime(),
    })),
    payloads: false,
    logLimit: 0,
    missedLimit: 1,
  };
  const outcome = await store.append(append);
  if (outcome.kind !== 'refused') return;
  const event = events[outcome.index];
  if (outcome.code === 'LOG_DIVERGED' && event !== undefined) {
    throw diverged(runId, event.seq, `${event.eventType} would append nothing`);
  }
  throw await refusalError(
    append,
    outcome,
    async (seq) => (await store.readEventsAt([{ runId, seq }]))[0],
  );
}

/** Each event is appended or refused: one that a rule would leave out would move all behind it. */
function importCommand(event: ParsedEvent, live: ReadonlySet<string>): Command {
  const { claims, rules, ...command } = createCommand(event, event.occurredAt?.getTime());
  const claimed = claims !== undefined && live.has(event.correlationId ?? '');
  return {
    ...command,
    ...(claimed && { claims }),
    rules: rules.map(({ when, otherwise }) => ({
      when,
      otherwise: 'keep' in otherwise ? { refuse: 'LOG_DIVERGED' } : otherwise,
    })),
  };
}
