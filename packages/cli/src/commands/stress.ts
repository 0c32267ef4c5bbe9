import type { FenceMode } from '@world/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Session } from '../session.js';
import type { ShapeName, StormSettings } from '../stress/settings.js';

interface Options extends Omit<StormSettings, 'iterations' | 'timeoutMs'> {
  readonly iterations?: number;
  readonly fence?: readonly FenceMode[];
  readonly timeout: number;
  readonly namespace?: string;
  readonly report?: string;
  readonly json?: true;
}

const SHAPES: readonly ShapeName[] = ['hook-sleep', 'step-storm', 'hook-storm'];
const FENCES: readonly FenceMode[] = ['tail', 'in-band', 'off'];
const ITERATIONS: Readonly<Record<ShapeName, number>> = {
  'hook-sleep': 8,
  'step-storm': 6,
  'hook-storm': 6,
};
/** As long as timers can be, ms. */
const MAX_MS = 2 ** 31 - 1;

const HELP = `
Several workers tick the same runs at once, and ticks of one run overlap: as many writers as a world
will ever see, in little time. Workers are processes; where other processes cannot see the world, as
with memory:, they share this one.

Shapes:
  hook-sleep   each round races a payload against a sleep; all payloads of a run are fired at once
  step-storm   each round races 8 steps, whose first outcome says how many more follow
  hook-storm   each round opens 8 hooks, and payloads for all of them are fired

Fences: tail, a decision is committed only on the whole log; in-band, signals may have come since;
off, as engines without a fence do it. Several are run one after the other and shown side by side.

Afterwards every log is checked: positions, ids, what the state machine allows, the entities that it
leads to, and a replay from nothing that must come to the recorded result.

The storm has a namespace of its own, which is removed when all is well, and kept to be looked at
otherwise. With --namespace it is that one, which must be empty, and stays.

Exit code: 0 every run completed and every log is right, 1 not so, 2 the storm could not run.

Examples:
  world stress sqlite:./test.db
  world stress redis://127.0.0.1:6379 --runs 400 --workers 4 --report storm.html
  world stress ./my-world.mjs --shape hook-storm --json
  world stress memory: --fence tail --fence off`;

/** Adds `world stress`. */
export function addStress(program: Command, session: Session): void {
  const count = (max: number) => wholeNumber(1, max);
  const ms = wholeNumber(0, MAX_MS);
  program
    .command('stress')
    .summary('run many workflows at once, and check every log')
    .description(
      'Runs many workflows at once on a world, with overlapping ticks, and checks every log.',
    )
    .argument('<url>', 'World URL: sqlite:./test.db, redis://127.0.0.1:6379; or a module path')
    .addOption(new Option('--shape <shape>', 'what runs do').choices(SHAPES).default('hook-sleep'))
    .option('--runs <n>', 'runs of each storm', count(100_000), 200)
    .option('--iterations <n>', 'rounds of a run (default: 8 of hook-sleep, else 6)', count(1000))
    .option('--sleep-ms <ms>', 'hook-sleep: the sleep that a payload races', ms, 500)
    .option('--branch-waits <n>', 'hook-sleep: parallel sleeps after it', wholeNumber(0, 100), 2)
    .option('--branch-wait-ms <ms>', 'hook-sleep: how long these are', ms, 100)
    .option('--drain-ms <ms>', 'how long a run waits for another payload', ms, 50)
    .option('--fire-after-ms <ms>', 'hook-sleep: after the start of a run', ms, 3000)
    .option('--fire-count <n>', 'hook-sleep: payloads for each run', wholeNumber(0, 1000), 10)
    .option('--burst-spacing-ms <ms>', 'between payloads of one burst', ms, 0)
    .option('--workers <n>', 'that tick the runs', count(64), 2)
    .addOption(
      new Option('--fence <fence>', 'repeat it to compare (default: "tail")')
        .choices(FENCES)
        .argParser(fence),
    )
    .option('--seed <n>', 'step-storm: of what steps draw', wholeNumber(0, MAX_MS), 1)
    .option('--namespace <name>', 'the namespace')
    .option('--report <file>', 'write a page with charts, and the timeline of a run')
    .option('--json', 'print the results as JSON; progress goes to stderr')
    .option(
      '--timeout <seconds>',
      'a storm that takes longer is ended',
      wholeNumber(1, 86_400),
      600,
    )
    .addHelpText('after', HELP)
    .action(async (url: string, options: Options) => {
      // Runtime and worlds take long to load, and other commands do not need them.
      const { stress } = await import('../stress/stress.js');
      const { fence: fences = ['tail'], timeout, namespace, report, json, ...given } = options;
      const { iterations = ITERATIONS[given.shape] } = given;
      const settings = { ...given, iterations, timeoutMs: timeout * 1000 };
      await stress({ url, namespace, settings, fences, report, json: json === true }, session);
    });
}

function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const parsed = Number(value);
    if (/^\d+$/.test(value) && parsed >= min && parsed <= max) return parsed;
    throw new InvalidArgumentError(`It is no whole number from ${min} to ${max}.`);
  };
}

function fence(value: string, before: readonly FenceMode[] = []): readonly FenceMode[] {
  const known = FENCES.find((one) => one === value);
  if (known !== undefined) return [...before, known];
  throw new InvalidArgumentError(`Allowed choices are ${FENCES.join(', ')}.`);
}
