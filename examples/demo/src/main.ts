import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { showConformance } from './conformance.js';
import { count, duration, endProgress, line, paint, paragraph, title } from './print.js';
import { showRace } from './race.js';
import { showRecordedRuns } from './recorded.js';

/** Runs the parts of the demo in order; exit code 1 if any of them fails. Everything is in a folder that it removes. */

const folder = mkdtempSync(join(tmpdir(), 'world-demo-'));
const fileUrl = (name: string): string => `sqlite:${join(folder, name)}`;

// Also runs when a signal ends the demo. Other processes of the suite may still be writing: hence the retries.
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    endProgress();
    process.exit(128 + constants.signals[signal]);
  });
}
// Whoever reads the output has seen enough, as `head` does.
process.stdout.on('error', () => process.exit(1));

interface Part {
  readonly name: string;
  /** Resolves to what failed, in words; undefined when nothing did. */
  run(): Promise<string | undefined>;
}

const parts: readonly Part[] = [
  {
    name: 'Recorded runs',
    run: async () =>
      (await showRecordedRuns(fileUrl('recorded.db')))
        ? undefined
        : 'not everything came out as it was recorded',
  },
  {
    name: 'The race',
    run: async () => {
      await showRace(fileUrl('race.db'));
      return undefined;
    },
  },
  {
    name: 'Conformance',
    run: async () => {
      const failed = await showConformance(fileUrl('conformance.db'));
      return failed === 0 ? undefined : `${count(failed, 'test')} failed`;
    },
  },
];

const start = performance.now();
const failures: string[] = [];
console.log(`${paint('bold', 'World demo')}\n`);
paragraph(
  'A World is the backend of a workflow engine. It keeps a log of events for each run, from which the run is ' +
    'replayed: the log must not lie about their order, whoever writes to it, and when.',
);
for (const [i, { name, run }] of parts.entries()) {
  title(i + 1, name);
  try {
    const failure = await run();
    if (failure !== undefined) failures.push(`${name}: ${failure}`);
  } catch (error) {
    endProgress();
    line(paint('red', error instanceof Error ? (error.stack ?? error.message) : String(error)));
    failures.push(`${name}: it did not go as told`);
  }
}

const total = duration(performance.now() - start);
console.log();
if (failures.length === 0) {
  console.log(`${paint('green', 'Everything went as told')}, in ${total}.`);
} else {
  for (const failure of failures) console.log(`${paint('red', 'FAILED')} ${failure}`);
  process.exitCode = 1;
}
