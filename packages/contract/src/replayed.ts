import { payloadSeqs } from './evaluate.js';
import { LogFold } from './fold.js';
import { MAX_PAGE_SIZE } from './pagination.js';
import { parseEventRecord } from './present.js';
import type { Append, CommandResult, Committed, EventRecord, Replayed, Store } from './store.js';

/**
 * The first outcome of an append, told again from the log: the events that it appended, and its run and entities as
 * they were then. Reads no more than the entity's own events where one suffices.
 */
export async function replayedResults(
  store: Store,
  append: Append,
  { firstSeq, lastSeq }: Replayed,
): Promise<Committed> {
  const { runId, commands } = append;
  const entityId = commands.length === 1 ? commands[0]?.entity?.id : undefined;
  const fold = new LogFold();
  const run = await store.readRun(runId);
  const log: EventRecord[] = [];
  const results = new Map<number, CommandResult>();
  for await (const event of readLog(store, runId, lastSeq, entityId)) {
    const changed = fold.add(parseEventRecord(event));
    log.push(event);
    if (event.seq < firstSeq) continue;
    const after = entityId === undefined ? fold.run : run;
    if (after === undefined) continue;
    results.set(event.seq, {
      event,
      run: after,
      ...('kind' in changed && { entity: changed }),
    });
  }
  const inOrder = matchCommands(append, [...results.values()]);
  const held = new Set(inOrder.flatMap(({ run, entity }) => payloadSeqs(entity ?? run)));
  return {
    kind: 'committed',
    results: inOrder,
    payloads: append.payloads ? log.filter(({ seq }) => held.has(seq)) : [],
    ...(append.logLimit > 0 && {
      log: { events: log.slice(0, append.logLimit), hasMore: log.length > append.logLimit },
    }),
  };
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

/** One result per command. A command may have put another event first, or appended nothing. */
function matchCommands(
  { commands }: Append,
  committed: readonly CommandResult[],
): readonly CommandResult[] {
  const results: CommandResult[] = [];
  let next = 0;
  for (const command of commands) {
    const types = [command.eventType, command.instead?.eventType];
    const { first } = command;
    if (first !== undefined && committed[next]?.event?.eventType === first.eventType) next += 1;
    const candidate = committed[next];
    if (candidate !== undefined && types.includes(candidate.event?.eventType)) {
      results.push(candidate);
      next += 1;
      continue;
    }
    const last = committed[Math.max(0, next - 1)];
    if (last !== undefined) results.push({ run: last.run });
  }
  return results;
}
