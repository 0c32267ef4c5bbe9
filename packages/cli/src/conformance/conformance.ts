import type { TestReport } from '@world/contract/conformance';
import { messageOf } from '../cli-error.js';
import { assertReportPath, removeReport, writeReport } from '../report-file.js';
import type { Session } from '../session.js';
import { settledWithin } from '../terminal/interruption.js';
import { type Output, printLine } from '../terminal/output.js';
import { capabilitiesOf, loadModule, nameOf } from '../worlds/load-module.js';
import { parseTarget, withoutPassword } from '../worlds/target.js';
import { openPlace } from './fresh-place.js';
import { probe } from './probe.js';
import { Progress } from './progress.js';
import { reportOf, reportText } from './report.js';
import { runSuite } from './run-suite.js';
import { selectTests } from './select-tests.js';
import { SuiteTarget } from './suite-target.js';

const CLEAN_UP_MS = 10_000;
/** Also for giving up the test that runs. */
const GRACE_MS: number = CLEAN_UP_MS + 5000;

interface Selection {
  readonly only: readonly string[] | undefined;
  readonly json: boolean;
}

/** Prints the ids and titles of tests. */
export function listTests({ only, json }: Selection, { stdout }: Session): void {
  const listed = selectTests(only).map(({ id, title, needs }) => ({ id, title, needs }));
  const lines = json
    ? [JSON.stringify(listed, null, 2)]
    : listed.map(({ id, title, needs }) => {
        return `${id}  ${title}${needs.length > 0 ? ` (needs ${needs.join(', ')})` : ''}`;
      });
  for (const line of lines) printLine(stdout, line);
}

interface Settings extends Selection {
  /** As the user named it. */
  readonly target: string;
  /** The file that takes the report. */
  readonly report: string | undefined;
  readonly timeoutMs: number;
}

/**
 * Runs the suite, and prints and writes the result. Sets the exit code 1 when a test fails.
 * @throws CliError or WorldError when it cannot run.
 */
export async function conformance(settings: Settings, session: Session): Promise<void> {
  const { target: text, report: file, json, only, timeoutMs } = settings;
  const tests = selectTests(only);
  const target = parseTarget(text);
  if (file !== undefined) assertReportPath(file);
  const module = await loadModule(target);
  const name = nameOf(target);
  const capabilities = capabilitiesOf(module, name);
  session.graceMs = GRACE_MS;
  const place = await openPlace(target);
  const suite = new SuiteTarget({ name, module, capabilities, url: place.url });
  const progress = new Progress(json ? session.stderr : session.stdout, tests.length);
  let reports: readonly TestReport[];
  try {
    await probe(suite, session.signal);
    if (file !== undefined) await removeReport(file);
    reports = await runSuite({ target: suite, tests, timeoutMs, signal: session.signal, progress });
  } finally {
    progress.close();
    await settledWithin(suite.clear(), CLEAN_UP_MS);
    await place.dispose();
  }
  warnOfLeftovers(suite, session.stderr);
  const report = reportOf(withoutPassword(text), reports);
  if (file !== undefined) await writeReport(file, reportText(report));
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
