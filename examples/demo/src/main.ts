import { inspect } from 'node:util';
import { CannotStart } from './cannot-start.js';
import { Interrupted, listenForInterruption, settledWithin } from './interruption.js';
import { messageOf, openPlace } from './open-place.js';
import { HELP, readOptions } from './options.js';
import { showParts } from './parts.js';
import type { Place } from './place.js';
import { count, duration, mute, paint, paragraph, print } from './print.js';

/** Runs the demo. Exit code 1 if any part of it fails, 2 if it cannot start, 128 + the signal's number after a signal. */

/** How long a part that was given up may take to end; it has to end its processes. */
const GIVE_UP_MS = 2000;
const CLEAN_UP_MS = 10_000;
/** So many of the namespaces that are left are named; the rest is counted. */
const NAMED = 3;

async function run(signal: AbortSignal): Promise<number> {
  const { help, world } = readOptions(process.argv.slice(2));
  if (help) {
    print(HELP);
    return 0;
  }
  const place = await openPlace(world, signal);
  let part: Promise<unknown> = Promise.resolve();
  try {
    return await show(place, world !== undefined, signal, (running) => {
      part = running;
    });
  } finally {
    if (signal.aborted) {
      mute();
      if (signal.reason instanceof Interrupted) console.error('interrupted; cleaning up');
    }
    await cleanUp(place, part);
  }
}

async function show(
  place: Place,
  isChosen: boolean,
  signal: AbortSignal,
  running: (part: Promise<unknown>) => void,
): Promise<number> {
  const start = performance.now();
  print(`${paint('bold', 'World demo')}\n`);
  paragraph(
    'A World is the backend of a workflow engine. It keeps a log of events for each run, from which the run is ' +
      'replayed: the log must not lie about their order, whoever writes to it, and when.',
  );
  if (isChosen) {
    print();
    paragraph(
      `This demo runs on ${place.where}. It writes to namespaces of its own, and removes them at the end.`,
    );
  }
  const failures = await showParts(place, signal, running);
  const total = duration(performance.now() - start);
  print();
  if (failures.length === 0) print(`${paint('green', 'Everything went as told')}, in ${total}.`);
  for (const failure of failures) print(`${paint('red', 'FAILED')} ${failure}`);
  return failures.length === 0 ? 0 : 1;
}

/** Removes what was written. What cannot be removed in time is told, so that its owner can. */
async function cleanUp(place: Place, part: Promise<unknown>): Promise<void> {
  let problems: ReadonlyMap<string, unknown> = new Map();
  const clearing = async (): Promise<void> => {
    // A part whose worlds are closed fails, and ends.
    await place.closeWorlds();
    await settledWithin(part, GIVE_UP_MS);
    problems = await place.clear();
  };
  await settledWithin(clearing(), CLEAN_UP_MS);
  const left = place.namespaces;
  if (left.length === 0) return;
  const [reason = `not done within ${CLEAN_UP_MS / 1000} s`] = problems.values();
  const more = left.length > NAMED ? ` and ${left.length - NAMED} more` : '';
  console.error(
    `warning: ${count(left.length, 'namespace')} could not be removed from ${place.where}: ` +
      `${left.slice(0, NAMED).join(', ')}${more} (${messageOf(reason)})`,
  );
}

/** Says what has ended the demo, and gives the exit code. */
function fail(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof CannotStart) {
    console.error(`error: ${error.message}`);
    return 2;
  }
  // Not deeper: errors of drivers hold the commands that were sent, and so passwords.
  console.error(inspect(error, { depth: 1 }));
  return 1;
}

/** Ends the process once all is written, whatever a world has left running. */
function exit(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

run(listenForInterruption()).then(exit, (error: unknown) => exit(fail(error)));
