import { MAX_PAGE_SIZE, type MessageState, type RunStatus, type World } from '@world/contract';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../cli-error.js';
import { EVENT_COLUMNS, RUN_STATUSES } from '../inspect/columns.js';
import { followLog } from '../inspect/follow-log.js';
import { renderFields } from '../inspect/table.js';
import { LISTS } from '../inspect/views.js';
import type { Session } from '../session.js';
import { toJson } from '../terminal/json.js';
import { paintFor, printLine } from '../terminal/output.js';
import { openWorld } from '../worlds/open-world.js';

interface Options {
  readonly namespace?: string;
  readonly json?: true;
  readonly limit?: number;
  readonly cursor?: string;
  readonly status?: RunStatus;
  readonly state?: MessageState;
  readonly workflow?: string;
  readonly follow?: true;
}

type What = keyof typeof LISTS | 'run';

const HELP = `
Lists show one page; when there is more, the cursor of the next page goes to stderr. Runs are newest
first, all else oldest first. With --json a list is an array; with --follow, one event a line.
Payload bytes are shown short in tables, as { "$bytes": base64 } in JSON.

--follow prints events as they come. It ends with the run, and with Ctrl-C; the exit code is 0 then too.

Exit code: 0 shown, 2 it could not be read.

Examples:
  world inspect sqlite:./world.db runs --status running
  world inspect sqlite:./world.db run wrun_01K…
  world inspect sqlite:./world.db events wrun_01K… --follow
  world inspect redis://127.0.0.1:6379 runs --namespace live
  world inspect sqlite:./world.db hooks --json
  world inspect sqlite:./world.db queue --state dead`;

/** Adds `world inspect`. */
export function addInspect(program: Command, session: Session): void {
  program
    .command('inspect')
    .summary('show what is in a world')
    .description(
      'Shows the runs of a world, and the events, steps, hooks and waits of a run, and the queue.',
    )
    .argument('<url>', 'World URL: sqlite:./world.db, redis://127.0.0.1:6379; or a module path')
    .addArgument(new Argument('<what>', 'what to show').choices([...Object.keys(LISTS), 'run']))
    .argument('[id]', 'the run; hooks can be shown without')
    .option('--namespace <name>', "the world's namespace")
    .option('--json', 'print JSON')
    .option('--limit <number>', `items of a page, 1 to ${MAX_PAGE_SIZE}`, pageSize)
    .option('--cursor <cursor>', 'continue where an earlier page ended')
    .addOption(
      new Option('--status <status>', 'only runs with this status').choices(
        Object.keys(RUN_STATUSES),
      ),
    )
    .addOption(
      new Option('--state <state>', 'only messages of the queue in this state').choices([
        'waiting',
        'claimed',
        'dead',
      ]),
    )
    .option('--workflow <name>', 'only runs of this workflow')
    .option('--follow', 'with events: print more as they come, until the run has ended')
    .addHelpText('after', HELP)
    .action(async (url: string, what: What, id: string | undefined, options: Options) => {
      assertFits(what, id, options);
      const world = await openWorld(url, { namespace: options.namespace, mustExist: true });
      try {
        await inspect(world, what, id, options, session);
      } finally {
        await world.close();
      }
    });
}

function pageSize(value: string): number {
  const parsed = Number(value);
  if (Number.isInteger(parsed) && parsed >= 1 && parsed <= MAX_PAGE_SIZE) return parsed;
  throw new InvalidArgumentError(`It is no number from 1 to ${MAX_PAGE_SIZE}.`);
}

/** Refuses what would be ignored otherwise. */
function assertFits(what: What, id: string | undefined, options: Options): void {
  const needsId = what === 'run' ? 'required' : LISTS[what].id;
  if (needsId === 'required' && id === undefined) {
    throw new CliError(`of which run? world inspect <url> ${what} <runId>`);
  }
  if (needsId === 'none' && id !== undefined) {
    throw new CliError(`${what} takes no id; for one run: world inspect <url> run ${id}`);
  }
  if (options.follow && what !== 'events') throw new CliError('--follow goes with events only');
  if (what !== 'runs' && (options.status ?? options.workflow) !== undefined) {
    throw new CliError('--status and --workflow go with runs only');
  }
  if (what !== 'queue' && options.state !== undefined) {
    throw new CliError('--state goes with queue only');
  }
  if (what === 'run' && (options.limit ?? options.cursor) !== undefined) {
    throw new CliError('--limit and --cursor go with lists only');
  }
  if (options.follow && options.limit !== undefined) {
    throw new CliError('--limit does not go with --follow, which shows everything');
  }
}

async function inspect(
  world: World,
  what: What,
  id: string | undefined,
  options: Options,
  session: Session,
): Promise<void> {
  const { stdout, stderr, signal } = session;
  const { json, limit, cursor, status, state, workflow: workflowName } = options;
  const paint = paintFor(stdout);
  if (what === 'run') {
    const run = await world.runs.get(id ?? '');
    printLine(stdout, json ? toJson(run, 2) : renderFields(run, paint));
    return;
  }
  if (options.follow) {
    await printLog(world, id ?? '', options, session);
    return;
  }
  const pagination = { limit, cursor };
  const params = { pagination, status, state, workflowName, withData: json === true };
  const view = await LISTS[what].read(world, params, id);
  // Lists of a run that does not exist are empty: say so instead. Messages may come before their run.
  if (view.items.length === 0 && id !== undefined && what !== 'queue') await world.runs.get(id);
  signal.throwIfAborted();
  printLine(stdout, json ? toJson(view.items, 2) : view.table(paint));
  if (view.cursor !== undefined) printLine(stderr, `more: --cursor ${view.cursor}`);
}

const WIDTHS = [5, 14, 24, 31, 0, 0];

async function printLog(
  world: World,
  runId: string,
  { json, cursor }: Options,
  { stdout, signal }: Session,
): Promise<void> {
  const paint = paintFor(stdout);
  for await (const event of followLog(world, { runId, cursor, signal })) {
    const cells = EVENT_COLUMNS.map(({ cell }, i) => {
      return (cell(event, paint) || '-').padEnd(WIDTHS[i] ?? 0);
    });
    printLine(stdout, json ? toJson(event) : cells.join('  ').trimEnd());
  }
}
