import type { World } from '@world/contract';
import type { FenceMode } from '@world/runtime';
import { CliError, messageOf, oneLine } from '../cli-error.js';
import { assertReportPath, removeReport, writeReport } from '../report-file.js';
import type { Session } from '../session.js';
import { settledWithin } from '../terminal/interruption.js';
import { toJson } from '../terminal/json.js';
import { type Output, paintFor, printLine } from '../terminal/output.js';
import { loadModule, nameOf } from '../worlds/load-module.js';
import { openWorld } from '../worlds/open-world.js';
import { parseTarget, withoutPassword } from '../worlds/target.js';
import { isClean, isCorrupted, numbersOf } from './numbers.js';
import type { StressRequest } from './settings.js';
import { runStorm } from './storm.js';
import { StormProgress } from './storm-progress.js';
import type { RunResult, StormResult } from './storm-result.js';
import { renderStorms } from './storm-table.js';

const CLEAN_UP_MS = 15_000;
/** Also for the workers, which finish what they have begun. */
const GRACE_MS: number = CLEAN_UP_MS + 15_000;
const SHOWN_PROBLEMS = 20;

/**
 * Runs a storm for each fence, and prints what came of them side by side. Sets the exit code 1 when a run has not completed, or
 * its log is wrong.
 * @throws CliError or WorldError when a storm cannot run.
 */
export async function stress(request: StressRequest, session: Session): Promise<void> {
  const { url, report, json, settings, fences } = request;
  if (report !== undefined) {
    assertReportPath(report);
    await removeReport(report);
  }
  session.graceMs = GRACE_MS;
  const progressTo = json ? session.stderr : session.stdout;
  const storms: StormResult[] = [];
  for (const [i, fence] of fences.entries()) {
    storms.push(await stormOf(request, i, fence, session, progressTo));
  }
  const target = withoutPassword(url);
  const numbers = storms.map(numbersOf);
  if (json) {
    const told = storms.map((storm, i) => ({ ...numbers[i], ...foundIn(storm) }));
    printLine(session.stdout, toJson({ target, ...settings, storms: told }, 2));
  } else {
    printLine(session.stdout, renderStorms(numbers, paintFor(session.stdout)));
    for (const storm of storms) printProblems(storm, session.stdout, url);
    for (const storm of storms) printLine(session.stdout, summaryOf(storm));
  }
  if (report !== undefined) {
    // What draws charts takes long to load.
    const { reportHtml } = await import('./report/report-html.js');
    await writeReport(report, reportHtml({ target, settings, storms }));
  }
  if (!storms.every(isClean)) session.exitCode = 1;
}

async function stormOf(
  { url, namespace: given, settings, fences, report }: StressRequest,
  index: number,
  fence: FenceMode,
  { signal, stderr }: Session,
  output: Output,
): Promise<StormResult> {
  const base = given ?? `stress-${Date.now().toString(36)}`;
  const namespace = fences.length === 1 ? base : `${base}-${index + 1}-${fence}`;
  const target = parseTarget(url);
  const world = await openWorld(url, { namespace, mustExist: false });
  const progress = new StormProgress(output, fence);
  // What was not begun has left nothing.
  let isKept = true;
  try {
    await assertEmpty(world, namespace);
    isKept = given !== undefined;
    const { specifier } = await loadModule(target);
    const place = {
      specifier,
      name: nameOf(target),
      url: target.kind === 'url' ? target.url : undefined,
      namespace,
    };
    const watch = report !== undefined;
    const storm = await runStorm({ world, place, settings, fence, watch, progress, signal });
    if (!isClean(storm) && storm.processes) isKept = true;
    return storm;
  } catch (error) {
    // What went wrong is to be looked at; what was interrupted is not.
    if (!isKept && !signal.aborted && world.capabilities.shared) {
      isKept = true;
      printLine(stderr, keptAt(url, namespace));
    }
    throw error;
  } finally {
    progress.close();
    if (!isKept) await settledWithin(removeNamespace(world, namespace, stderr), CLEAN_UP_MS);
    await settledWithin(world.close(), CLEAN_UP_MS);
  }
}

/** Workers take whatever messages they find. */
async function assertEmpty(world: World, namespace: string): Promise<void> {
  const { data } = await world.runs.list({ resolveData: 'none', pagination: { limit: 1 } });
  if (data.length === 0) return;
  throw new CliError(
    `the namespace ${oneLine(namespace)} holds runs already; a storm needs an empty one: name another, or none`,
  );
}

async function removeNamespace(world: World, namespace: string, stderr: Output): Promise<void> {
  try {
    await (world as Partial<World>).deleteNamespace?.();
  } catch (error) {
    const why = messageOf(error);
    printLine(stderr, `warning: the namespace ${namespace} could not be removed: ${why}`);
  }
}

/** What a storm has found beyond numbers, for machines. */
function foundIn({ namespace, processes, deliveryProblems, runs }: StormResult): object {
  return {
    namespace,
    processes,
    deliveryProblems,
    problems: runs
      .map((run) => ({ runId: run.runId, problems: problemsOf(run) }))
      .filter(({ problems }) => problems.length > 0),
  };
}

/** What is wrong with a run, in words. */
function problemsOf({ status, failure, problems }: RunResult): readonly string[] {
  if (status === 'completed') return problems;
  const why = failure === undefined ? '' : `: ${failure.code}, ${oneLine(failure.message)}`;
  return [`the run is ${status}${why}`, ...problems];
}

function printProblems(storm: StormResult, output: Output, url: string): void {
  const paint = paintFor(output);
  const lines = [
    ...storm.deliveryProblems.map((problem) => `delivery: ${oneLine(problem)}`),
    ...storm.runs.flatMap((run) =>
      problemsOf(run).map((problem) => `${run.runId} ${oneLine(problem)}`),
    ),
  ];
  for (const line of lines.slice(0, SHOWN_PROBLEMS)) {
    printLine(output, `${paint('red', '✗')} ${storm.fence}: ${line}`);
  }
  const more = lines.length - SHOWN_PROBLEMS;
  if (more > 0) printLine(output, `  and ${more} more; --json has all`);
  if (!isClean(storm) && storm.processes) printLine(output, keptAt(url, storm.namespace));
}

/** Where runs that went wrong are to be seen. */
const keptAt = (url: string, namespace: string): string =>
  `kept: world inspect ${withoutPassword(url)} runs --namespace ${namespace}`;

function summaryOf(storm: StormResult): string {
  const { fence, runs } = storm;
  const completed = runs.filter(({ status }) => status === 'completed').length;
  const wrong = runs.filter(isCorrupted).length;
  const logs = wrong === 0 ? 'every log is right' : `${wrong} logs are corrupted`;
  return `${fence}: ${completed} of ${runs.length} runs completed, ${logs}`;
}
