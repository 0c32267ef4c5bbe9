import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunId, type Event, type World } from '@world/contract';
import { branchOf, request, STEP_OF, startOrder, WORKFLOW_CODE } from './order-workflow.js';
import type { Place } from './place.js';
import { line, paint, paragraph } from './print.js';
import { isDense, readLog } from './read-log.js';
import { Script, shortId, titleOf } from './script.js';

/** Two instances on the same data: what one process would be, and another. */
interface Worlds {
  readonly tick: World;
  readonly outside: World;
}

/**
 * Acts out the race of a hook and a sleep, first with the fence, then without. Rejects when anything goes another way
 * than it is told.
 */
export async function showRace(place: Place): Promise<void> {
  paragraph(
    'A workflow waits for an approval (a hook), or for a sleep to end, whichever is first:',
  );
  line();
  for (const code of WORKFLOW_CODE) line(`    ${paint('dim', code)}`);
  line();
  paragraph(
    'The tick runs that code against the log and writes what it decides. The approver and the worker write ' +
      'to the same log through another instance of the world, whenever they like. A fence is the id of the last event that ' +
      'the writer has read; "…" stands for the rest of an id.',
  );
  const namespace = place.namespaceOf('race');
  const worlds: Worlds = {
    tick: await place.open(namespace),
    outside: await place.open(namespace),
  };
  try {
    line();
    line(paint('bold', 'With the fence'));
    line();
    await raceWithFence(worlds);
    line();
    line(paint('bold', 'The same without the fence'));
    line();
    await raceWithoutFence(worlds);
  } finally {
    await Promise.all([worlds.tick.close(), worlds.outside.close()]);
  }
}

/** The race up to the point where the tick believes that the sleep has won; returns what it has read. */
async function untilStale(script: Script, { tick, outside }: Worlds): Promise<Event[]> {
  const resumeAt = await startOrder(tick, script.runId);
  await sleep(Math.max(0, resumeAt.getTime() - Date.now()));
  const read = await readLog(tick, script.runId);
  for (const event of read) script.wrote('tick', event);
  const last = read.at(-1);
  assert.ok(last !== undefined && branchOf(read) === undefined);
  script.step('tick', `reads the log: ${read.length} events, the last is ${shortId(last.eventId)}`);
  script.note('No approval in it, and the time to sleep is over. It decides: the sleep has won.');
  await script.append('approver', outside, request.approve());
  return read;
}

async function raceWithFence(worlds: Worlds): Promise<void> {
  const { tick, outside } = worlds;
  const script = new Script(createRunId());
  const read = await untilStale(script, worlds);
  const { tail, missed } = await script.appendStale('tick', tick, request.completeSleep(), {
    lastKnownEventId: read.at(-1)?.eventId,
  });

  const branch = branchOf([...read, ...missed]);
  assert.ok(branch === 'hook');
  script.step('tick', 'adds the missed event to what it has read, without reading again');
  script.note(`It decides anew: the approval has won, the next step is ${STEP_OF[branch]}.`);
  const created = await script.append('tick', tick, request.createStep(branch), {
    lastKnownEventId: tail,
  });

  await script.append('worker', outside, request.startStep(branch));
  script.note('It has no fence, but it moves the tail all the same:');
  const stale = { lastKnownEventId: created.event.eventId };
  await script.appendStale('tick', tick, request.disposeHook(), stale);
  const disposed = await script.append('tick', tick, request.disposeHook(), {
    ...stale,
    fenceScope: 'in-band',
  });
  assert.equal(disposed.passed?.events.length, 1);
  for (const event of disposed.passed.events) {
    script.note(`It was pushed past ${titleOf(event)}, which the result brings back.`);
  }
  script.note(
    'In-band, only decisions of a tick refuse a write. That suits writes which no signal',
  );
  script.note('can change, and not the one in step 3: it would have landed behind the approval.');

  await script.append('worker', outside, request.completeStep(branch));
  const reread = await readLog(tick, script.runId);
  script.step(
    'tick',
    `reads the log: ${reread.length} events, the step is done, so the run is too`,
  );
  await script.append('tick', tick, request.completeRun(), {
    lastKnownEventId: reread.at(-1)?.eventId,
  });

  const log = await readLog(outside, script.runId);
  assert.ok(isDense(log));
  assert.equal(branchOf(log), branch);
  line();
  line('The log:');
  script.printLog(log);
  line();
  paragraph(
    `${paint('green', 'Dense and in order')}: positions 1 to ${log.length} without a gap, ids ascend, and ` +
      'every replay of it takes the branch of the approval.',
  );
}

async function raceWithoutFence(worlds: Worlds): Promise<void> {
  const { tick, outside } = worlds;
  const script = new Script(createRunId());
  const read = await untilStale(script, worlds);
  const completed = await script.append('tick', tick, request.completeSleep());
  await script.append('tick', tick, request.createStep('sleep'));

  const log = await readLog(outside, script.runId);
  const believed = branchOf([...read, completed.event]);
  const replayed = branchOf(log);
  assert.equal(believed, 'sleep');
  assert.equal(replayed, 'hook');
  line();
  line('The end of the log:');
  script.printLog(log.slice(read.length));
  line();
  paragraph(
    `${paint('red', 'Two replays disagree')}: the tick went on with ${STEP_OF[believed]}, but whoever replays ` +
      `this log sees the approval first, asks for ${STEP_OF[replayed]} and finds ${STEP_OF[believed]}. ` +
      'The run is lost (CORRUPTED_EVENT_LOG).',
  );
}
