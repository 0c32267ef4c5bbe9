import { type Command, InvalidArgumentError } from 'commander';
import { CliError } from '../cli-error.js';
import type { Session } from '../session.js';

interface Options {
  readonly report?: string;
  readonly only?: readonly string[];
  readonly list?: true;
  readonly json?: true;
  readonly timeout: number;
}

/** As in the suite of vitest: the slowest tests start and kill processes fifty times. */
const DEFAULT_TIMEOUT_S = 180;

const HELP = `
A target is a package, a module, or the URL of a world:
  @world/sqlite              installed in this folder; runs in a new temporary file
  ./my-world.mjs             exports createWorld({ url, namespace }) and capabilities
  sqlite:./test.db           also memory: http: https:
  redis://127.0.0.1:6379     also rediss://user:password@host, redis+cluster://host:7000,host:7001
Packages without a URL of their own read WORKFLOW_WORLD_URL. Every test has a namespace of its own,
which is removed after it.

Exit code: 0 all passed, 1 a test failed, 2 the suite could not run.

Examples:
  world conformance @world/sqlite --report report.json
  world conformance ./my-world.mjs --only F3-one-winner,F5-chain
  world conformance redis://127.0.0.1:6379
  WORKFLOW_WORLD_URL=my-db://localhost world conformance my-world
  world conformance --list`;

/** Adds `world conformance`. */
export function addConformance(program: Command, session: Session): void {
  program
    .command('conformance')
    .summary('run the conformance suite against a world')
    .description('Runs the conformance suite of @world/contract against a world.')
    .argument('[target]', 'package, module path or World URL')
    .option('--report <file>', 'write the results as JSON')
    .option('--only <id>', 'run only this test; repeat it, or separate ids by commas', collect)
    .option('--list', 'print the ids and titles of the tests, and run none')
    .option('--json', 'print the results as JSON; progress goes to stderr')
    .option('--timeout <seconds>', 'a test that takes longer fails', seconds, DEFAULT_TIMEOUT_S)
    .addHelpText('after', HELP)
    .action(async (target: string | undefined, options: Options) => {
      // The suite takes longer to load than all else, and other commands do not need it.
      const { conformance, listTests } = await import('../conformance/conformance.js');
      const { only, report, timeout } = options;
      const json = options.json === true;
      if (options.list) {
        listTests({ only, json }, session);
        return;
      }
      if (target === undefined) {
        throw new CliError('which world? name a target: world conformance @world/sqlite');
      }
      await conformance({ target, only, report, json, timeoutMs: timeout * 1000 }, session);
    });
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.split(',').map((id) => id.trim()),
];

function seconds(value: string): number {
  const parsed = Number(value);
  // Timers take 32 bits of ms.
  if (!(parsed > 0 && parsed <= 2_000_000)) throw new InvalidArgumentError('It is no time in s.');
  return parsed;
}
