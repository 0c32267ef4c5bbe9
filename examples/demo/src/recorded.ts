import assert from 'node:assert/strict';
import type { EventResult, World } from '@world/contract';
import {
  mergedEvents,
  type RecordedEvent,
  type RecordedRun,
  recordedRuns,
  requestOf,
} from '@world/contract/conformance';
import type { Place } from './place.js';
import { duration, endProgress, line, paint, paragraph, progress, table } from './print.js';
import { isDense, readLog } from './read-log.js';

/** Appends a recorded event as its writer did, fenced on the event before it. */
function append(
  world: World,
  event: RecordedEvent,
  lastKnownEventId: string | undefined,
): Promise<EventResult> {
  return world.events.create(event.runId, requestOf(event), { lastKnownEventId });
}

interface Replay {
  readonly events: number;
  readonly conflicts: number;
  readonly ms: number;
}

/** Appends everything; a stale fence, or any other refusal, rejects. */
async function replay(world: World, runs: readonly RecordedRun[]): Promise<Replay> {
  const recorded = mergedEvents(runs);
  const tails = new Map<string, string>();
  const start = performance.now();
  let events = 0;
  let conflicts = 0;
  for (const event of recorded) {
    const result = await append(world, event, tails.get(event.runId));
    assert.ok(result.event !== undefined, `${event.eventType} appended nothing`);
    tails.set(event.runId, result.event.eventId);
    events += 1;
    if (result.event.eventType === 'hook_conflict') conflicts += 1;
    if (events % 10 === 0) progress(`${events} of ${recorded.length} events`);
  }
  endProgress();
  return { events, conflicts, ms: performance.now() - start };
}

/** What came out of one run. */
async function compare(world: World, { run, events }: RecordedRun) {
  const log = await readLog(world, run.runId);
  const { status, lastKnownEventId } = await world.runs.get(run.runId, { resolveData: 'none' });
  return {
    status,
    sameStatus: status === run.status,
    sameTypes:
      log.length === events.length &&
      log.every(({ eventType }, i) => eventType === events[i]?.eventType),
    dense: isDense(log) && log.at(-1)?.eventId === lastKnownEventId,
  };
}

const ofAll = (seen: number, expected: number): string =>
  paint(seen === expected ? 'green' : 'red', `${seen} of ${expected}`);

/** Replays the recorded runs into a world; returns whether all of them came out as they were recorded. */
export async function showRecordedRuns(place: Place): Promise<boolean> {
  const runs = recordedRuns();
  paragraph(
    `The event logs of ${runs.length} real workflow runs, recorded on another backend, are written again to ${place.where}, ` +
      'in the order in which they happened. Every event is fenced: it names the last event that its writer knows, and is ' +
      'refused if the log has moved on.',
  );
  line();
  const recorded = runs.flatMap((run) => run.events);
  const expected = recorded.filter(({ eventType }) => eventType === 'hook_conflict').length;
  const namespace = place.namespaceOf('recorded');
  const world = await place.open(namespace);
  try {
    const { events, conflicts, ms } = await replay(world, runs);
    const results = await Promise.all(runs.map((run) => compare(world, run)));
    const number = (test: (result: (typeof results)[number]) => boolean): number =>
      results.filter(test).length;
    const statuses = [...new Set(results.map(({ status }) => status))].map(
      (status) => `${number((one) => one.status === status)} ${status}`,
    );
    const checks: [string, number, number, string][] = [
      [
        'events accepted',
        events,
        recorded.length,
        [duration(ms), 'each in a commit of its own', ...place.commit].join(', '),
      ],
      [
        'hook conflicts',
        conflicts,
        expected,
        'a token that another run held: the world says so in the log',
      ],
      [
        'logs as recorded',
        number((one) => one.sameTypes),
        runs.length,
        'the same types of events, in the same order',
      ],
      [
        'logs without gaps',
        number((one) => one.dense),
        runs.length,
        "positions 1..N, ids ascend, the last is the run's tail",
      ],
      ['run statuses', number((one) => one.sameStatus), runs.length, statuses.join(', ')],
    ];
    table(
      checks.map(([name, seen, of, note]) => [name, ofAll(seen, of), note]),
      [1],
    );
    return checks.every(([, seen, of]) => seen === of);
  } finally {
    await world.close();
  }
}
