import type { World } from '@world/contract';
import type { Command } from 'commander';
import { CliError } from '../cli-error.js';
import { copyRuns, type RunCopy } from '../copy/copy-runs.js';
import type { Session } from '../session.js';
import { toJson } from '../terminal/json.js';
import { type Output, printLine } from '../terminal/output.js';
import { StatusLine } from '../terminal/status-line.js';
import { openWorld } from '../worlds/open-world.js';
import { parseTarget, placeOf, withoutPassword } from '../worlds/target.js';

interface Options {
  readonly run?: readonly string[];
  readonly namespace?: string;
  readonly toNamespace?: string;
  readonly json?: true;
}

/** The run that is being written is finished, or at worst ends with a part of its log, which a repetition completes. */
const GRACE_MS = 5000;

/** The namespace of every world that is made without one. */
const DEFAULT_NAMESPACE = 'default';

const HELP = `
Event ids, positions and times stay as they are. Each run is read back from both worlds and compared:
its log, and its run, steps, hooks and waits. Of a run that goes on meanwhile the copied part of the
log is compared. A copy can be repeated: it adds what is missing.

Exit code: 0 copied and verified, 1 a run is not the same in both worlds, 2 it could not be done.

Examples:
  world copy sqlite:./world.db sqlite:./copy.db
  world copy sqlite:./world.db redis://127.0.0.1:6379
  world copy redis+cluster://10.0.0.1:6379,10.0.0.2:6379 sqlite:./world.db --run wrun_01K…
  world copy sqlite:./world.db sqlite:./world.db --namespace live --to-namespace backup`;

/** Adds `world copy`. */
export function addCopy(program: Command, session: Session): void {
  program
    .command('copy')
    .summary('copy runs from one world to another, and verify the copy')
    .description('Copies runs from one world to another, and verifies the copy.')
    .argument('<from>', 'World URL: sqlite:./world.db, redis://127.0.0.1:6379; or a module path')
    .argument('<to>', 'World URL or module path')
    .option('--run <id>', 'copy only this run; repeat it for more', collect)
    .option('--namespace <name>', 'the namespace in both worlds')
    .option('--to-namespace <name>', 'the namespace in the second world, when it is another')
    .option('--json', 'print the result as JSON; progress goes to stderr')
    .addHelpText('after', HELP)
    .action(async (from: string, to: string, options: Options) => {
      const namespace = options.namespace;
      const toNamespace = options.toNamespace ?? namespace;
      if (
        placeOf(parseTarget(from)) === placeOf(parseTarget(to)) &&
        (namespace ?? DEFAULT_NAMESPACE) === (toNamespace ?? DEFAULT_NAMESPACE)
      ) {
        throw new CliError('the two worlds are one; name another URL, or --to-namespace');
      }
      const source = await openWorld(from, { namespace, mustExist: true });
      try {
        const target = await openWorld(to, { namespace: toNamespace, mustExist: false });
        try {
          await copy({ name: from, world: source }, { name: to, world: target }, options, session);
        } finally {
          await target.close();
        }
      } finally {
        await source.close();
      }
    });
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

interface Side {
  readonly name: string;
  readonly world: World;
}

async function copy(from: Side, to: Side, { run, json }: Options, session: Session): Promise<void> {
  const { stdout, stderr, signal } = session;
  session.graceMs = GRACE_MS;
  const output = json ? stderr : stdout;
  const runIds = run && [...new Set(run)];
  const line = new StatusLine(output);
  const runs: RunCopy[] = [];
  try {
    for await (const copied of copyRuns(from.world, to.world, { runIds, signal })) {
      runs.push(copied);
      show(copied, runs.length, line, output);
    }
  } finally {
    line.clear();
  }
  const totals = totalsOf(runs);
  const names = { from: withoutPassword(from.name), to: withoutPassword(to.name) };
  printLine(stdout, json ? toJson({ ...names, ...totals, runs }, 2) : summary(totals));
  if (totals.failed > 0) session.exitCode = 1;
}

interface Totals {
  /** Runs that are the same in both worlds. */
  readonly copied: number;
  readonly failed: number;
  readonly imported: number;
  readonly present: number;
  /** Runs of which only the log was compared. */
  readonly logOnly: number;
}

function totalsOf(runs: readonly RunCopy[]): Totals {
  const good = runs.filter(({ problem }) => problem === undefined);
  const sum = (field: 'imported' | 'present'): number =>
    runs.reduce((total, run) => total + run[field], 0);
  return {
    copied: good.length,
    failed: runs.length - good.length,
    imported: sum('imported'),
    present: sum('present'),
    logOnly: good.filter(({ compared }) => compared === 'log').length,
  };
}

function summary({ copied, failed, imported, present, logOnly }: Totals): string {
  const parts = [
    `copied ${copied} runs, ${imported} events (${present} already there), verified`,
    ...(logOnly > 0 ? [`${logOnly} went on meanwhile: of these the log`] : []),
    ...(failed > 0 ? [`${failed} of ${copied + failed} runs failed`] : []),
  ];
  return parts.join('; ');
}

function show(copied: RunCopy, count: number, line: StatusLine, output: Output): void {
  const { runId, imported, present, problem } = copied;
  if (problem !== undefined) {
    line.clear();
    printLine(output, `✗ ${runId} ${problem}`);
  } else if (line.live) {
    line.show(`${count} runs  ${runId}`);
  } else {
    printLine(output, `✓ ${runId} ${imported} events (${present} already there)`);
  }
}
