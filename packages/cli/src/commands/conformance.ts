import type { ConformanceTest, TestReport } from '@world/contract/conformance';
import { type Command, InvalidArgumentError } from 'commander';
import { CliError, messageOf } from '../cli-error.js';
import { openPlace } from '../conformance/fresh-place.js';
import { probe } from '../conformance/probe.js';
import { Progress } from '../conformance/progress.js';
import {
  assertReportPath,
  removeReport,
  reportOf,
  reportText,
  writeReport,
} from '../conformance/report.js';
import { runSuite } from '../conformance/run-suite.js';
import { selectTests } from '../conformance/select-tests.js';
import { SuiteTarget } from '../conformance/suite-target.js';
import type { Session } from '../session.js';
import { settledWithin } from '../terminal/interruption.js';
import { type Output, printLine } from '../terminal/output.js';
import { capabilitiesOf, loadModule, nameOf } from '../worlds/load-module.js';
import { parseTarget, withoutPassword } from '../worlds/target.js';

interface Options {
  readonly report?: string;
  readonly only?: readonly string[];
  readonly list?: true;
  readonly json?: true;
  readonly timeout: number;
}

/** As in the suite of vitest: the slowest tests start and kill processes fifty times. */
const DEFAULT_TIMEOUT_S = 180;
const CLEAN_UP_MS = 10_000;

const HELP = `
A target is a package, a module, or the URL of a world:
  @world/sqlite              installed in this folder; runs in a new temporary file
  ./my-world.mjs             exports createWorld({ url, namespace }) and capabilities
  sqlite:./test.db           also memory: redis: rediss: redis+cluster: http: https:
Packages without a URL of their own read WORKFLOW_WORLD_URL. Every test has a namespace of its own,
which is removed after it.

Exit code: 0 all passed, 1 a test failed, 2 the suite could not run.

Examples:
  world conformance @world/sqlite --report report.json
  world conformance ./my-world.mjs --only F3-one-winner,F5-chain
  WORKFLOW_WORLD_URL=redis://localhost:6379 world conformance @world/redis
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
      const tests = selectTests(options.only);
      if (options.list) {
        printList(session.stdout, tests, options);
        return;
      }
      if (target === undefined) {
        throw new CliError('which world? name a target: world conformance @world/sqlite');
      }
      await conformance(target, tests, options, session);
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

function printList(output: Output, tests: readonly ConformanceTest[], { json }: Options): void {
  const listed = tests.map(({ id, title, needs }) => ({ id, title, needs }));
  const lines = json
    ? [JSON.stringify(listed, null, 2)]
    : listed.map(({ id, title, needs }) => {
        return `${id}  ${title}${needs.length > 0 ? ` (needs ${needs.join(', ')})` : ''}`;
      });
  for (const line of lines) printLine(output, line);
}

async function conformance(
  text: string,
  tests: readonly ConformanceTest[],
  { report: file, json, timeout }: Options,
  session: Session,
): Promise<void> {
  const target = parseTarget(text);
  if (file !== undefined) assertReportPath(file);
  const module = await loadModule(target);
  const name = nameOf(target);
  const capabilities = capabilitiesOf(module, name);
  const place = await openPlace(target);
  const suite = new SuiteTarget({ name, module, capabilities, url: place.url });
  const progress = new Progress(json ? session.stderr : session.stdout, tests.length);
  let reports: readonly TestReport[];
  try {
    await probe(suite, session.signal);
    if (file !== undefined) await removeReport(file);
    const timeoutMs = timeout * 1000;
    reports = await runSuite({ target: suite, tests, timeoutMs, signal: session.signal, progress });
  } finally {
    progress.close();
    await settledWithin(suite.clear(), CLEAN_UP_MS);
    await place.dispose();
  }
  warnOfLeftovers(suite, session.stderr);
  const report = reportOf(withoutPassword(text), reports);
  if (file !== undefined) await writeReport(file, report);
  if (json) session.stdout.write(reportText(report));
  else {
    const { passed, failed, skipped } = report;
    printLine(session.stdout, `${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
  if (report.failed > 0) session.exitCode = 1;
}

function warnOfLeftovers({ leftovers }: SuiteTarget, stderr: Output): void {
  const [first] = leftovers;
  if (first === undefined) return;
  const [namespace, error] = first;
  printLine(
    stderr,
    `warning: ${leftovers.size} namespaces could not be removed, e.g. ${namespace}: ${messageOf(error)}`,
  );
}
