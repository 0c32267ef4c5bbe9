import {
  type ConformanceTarget,
  runConformance,
  type TestReport,
  tests,
} from '@world/contract/conformance';
import * as memory from '@world/memory';
import type { Place } from './place.js';
import { count, duration, endProgress, line, paint, paragraph, progress, table } from './print.js';

/** Tests that take 10 s or more on a world with several processes, which would make this demo longer than a minute. */
const SLOW: readonly string[] = [
  'L4-killed-writers',
  'Q22-killed-worker',
  'Q23-one-tick-at-a-time-processes',
];

/** What the letters stand for with which the title of a test begins. */
const LAWS: Readonly<Record<string, string>> = {
  L: 'the log: order, no gaps, append only',
  F: 'fences and batches',
  G: 'the guard of stock clients',
  S: 'states of runs, steps, hooks and waits',
  P: 'pages, lists, imports, recorded runs',
  B: 'bad input, payloads exactly as written',
  Q: 'queue and deliveries',
  QU: 'queue and deliveries',
  C: 'streams',
  ST: 'streams',
  LI: 'lifecycle: prune, close',
  LO: 'known bugs of logs and cursors',
  FE: 'known bugs of fences and retries',
  EN: 'known bugs of entities',
};

interface Subject extends ConformanceTarget {
  readonly leaveOut: readonly string[];
}

interface Suite {
  readonly name: string;
  readonly reports: readonly TestReport[];
  readonly ms: number;
}

/** Letters of the law that a test holds. */
const lawOf = ({ title }: { readonly title: string }): string => /^[A-Z]+/.exec(title)?.[0] ?? '';

const IN_MEMORY: Subject = {
  name: 'memory',
  capabilities: memory.capabilities,
  create: (options) => memory.createWorld({ url: 'memory:', ...options }),
  leaveOut: [],
};

function subjects(place: Place): readonly Subject[] {
  const { name, url, packageName, capabilities } = place;
  const chosen: Subject = {
    name,
    capabilities,
    create: ({ namespace, queue }) => place.open(namespace, queue),
    destroy: ({ namespace }) => place.remove(namespace),
    module: { specifier: import.meta.resolve(packageName), url },
    leaveOut: SLOW,
  };
  return name === IN_MEMORY.name ? [IN_MEMORY] : [IN_MEMORY, chosen];
}

async function runSuite(subject: Subject, signal: AbortSignal): Promise<Suite> {
  const only = tests.map(({ id }) => id).filter((id) => !subject.leaveOut.includes(id));
  const start = performance.now();
  const reports: TestReport[] = [];
  progress(`${subject.name}  0 of ${only.length}`);
  for await (const report of runConformance(subject, { only })) {
    signal.throwIfAborted();
    reports.push(report);
    progress(`${subject.name}  ${reports.length} of ${only.length}  ${report.title}`);
  }
  endProgress();
  return { name: subject.name, reports, ms: performance.now() - start };
}

const STATUSES = ['passed', 'failed', 'skipped'] as const;
/** The column between two suites. */
const GAP = '';

const countCells = (reports: readonly TestReport[]): string[] =>
  STATUSES.map((status) => {
    const n = reports.filter((report) => report.status === status).length;
    if (n === 0) return paint('dim', '-');
    if (status === 'passed') return paint('green', `${n}`);
    return paint(status === 'failed' ? 'red' : 'yellow', `${n}`);
  });

function printSuites(suites: readonly Suite[]): void {
  const laws = [...new Set(suites.flatMap(({ reports }) => reports.map(lawOf)))];
  const known = Object.keys(LAWS);
  const rank = (law: string): number => (law in LAWS ? known.indexOf(law) : known.length);
  laws.sort((a, b) => rank(a) - rank(b));
  const rows = laws.map((law) => [
    law,
    LAWS[law] ?? '',
    ...suites.flatMap(({ reports }) => [
      GAP,
      ...countCells(reports.filter((one) => lawOf(one) === law)),
    ]),
  ]);
  table(
    [
      ['', '', ...suites.flatMap(({ name }) => [GAP, paint('bold', name), '', ''])],
      ['law', '', ...suites.flatMap(() => [GAP, ...STATUSES])],
      ...rows,
      ['', 'all', ...suites.flatMap(({ reports }) => [GAP, ...countCells(reports)])],
      ['', 'time', ...suites.flatMap(({ ms }) => [GAP, duration(ms), '', ''])],
    ],
    Array.from({ length: suites.length * (STATUSES.length + 1) }, (_, i) => i + 2),
  );
}

function printReasons(suites: readonly Suite[]): void {
  for (const { name, reports } of suites) {
    const skipped = reports.filter(({ status }) => status === 'skipped');
    for (const reason of new Set(skipped.map((one) => one.reason))) {
      const n = skipped.filter((one) => one.reason === reason).length;
      paragraph(`Skipped on ${name}: ${count(n, 'test')} (${reason}).`);
    }
    for (const { id, title, reason = '' } of reports.filter((one) => one.status === 'failed')) {
      line();
      paragraph(`${paint('red', 'FAILED')} ${name} ${id}: ${title}`, 2);
      for (const text of reason.split('\n')) line(`  ${text}`);
    }
  }
}

function printLeftOut({ name, leaveOut }: Subject): void {
  const left = tests.filter(({ id }) => leaveOut.includes(id));
  if (left.length === 0) return;
  const [are, them] = left.length === 1 ? ['is', 'it'] : ['are', 'them'];
  line();
  paragraph(
    `${count(left.length, 'slow test')} ${are} left out here on ${name}; ` +
      `\`npx -y pnpm@12 test\` runs ${them}:`,
  );
  for (const { id, title } of left) paragraph(`${id}: ${title}`, 2);
}

/**
 * Runs the conformance suite in memory and at the place; returns how many tests failed. Rejects with the signal's reason after the
 * test that was running.
 */
export async function showConformance(place: Place, signal: AbortSignal): Promise<number> {
  paragraph(
    'The same tests decide for every world whether it keeps the contract; each is named by the law that it holds. ' +
      'A test of something that a world does not do, such as data shared by processes, is skipped.',
  );
  line();
  const suites: Suite[] = [];
  for (const subject of subjects(place)) suites.push(await runSuite(subject, signal));
  printSuites(suites);
  line();
  printReasons(suites);
  for (const subject of subjects(place)) printLeftOut(subject);
  return suites.flatMap(({ reports }) => reports).filter(({ status }) => status === 'failed')
    .length;
}
