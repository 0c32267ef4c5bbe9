import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Numbers } from '../src/stress/numbers.js';
import { fixture, temporaryFolder, world } from './world-command.js';

interface Told {
  readonly shape: string;
  readonly storms: readonly (Numbers & {
    readonly namespace: string;
    readonly processes: boolean;
    readonly problems: readonly { readonly runId: string; readonly problems: readonly string[] }[];
  })[];
}

const RUNS = 20;
/** Short sleeps, and payloads that come about when they end. */
const QUICK = [
  ...[
    '--runs',
    `${RUNS}`,
    '--iterations',
    '3',
    '--sleep-ms',
    '60',
    '--drain-ms',
    '20',
    '--branch-wait-ms',
    '10',
  ],
  ...['--fire-after-ms', '100', '--burst-spacing-ms', '40', '--timeout', '150'],
];

async function stressed(
  args: readonly string[],
): Promise<Told & { exitCode?: number | undefined }> {
  const { exitCode, stdout, stderr } = await world(['stress', ...QUICK, ...args, '--json']);
  expect(stdout, stderr).not.toBe('');
  return { exitCode, ...(JSON.parse(stdout) as Told) };
}

test.each(['hook-sleep', 'step-storm', 'hook-storm'])(
  'memory, %s: all runs complete, all logs are right',
  async (shape) => {
    const { exitCode, storms, ...told } = await stressed(['memory:', '--shape', shape]);
    expect(told.shape).toBe(shape);
    expect(storms).toHaveLength(1);
    expect(storms[0]).toMatchObject({
      fence: 'tail',
      processes: false,
      runs: RUNS,
      completed: RUNS,
      failed: {},
      running: 0,
      corrupted: 0,
      divergences: 0,
      payloads: { lost: 0 },
      problems: [],
    });
    expect(storms[0]?.conflicts).toBeGreaterThan(0);
    expect(exitCode).toBe(0);
  },
  180_000,
);

test.each(['tail', 'in-band'])(
  'two processes on one SQLite file, %s: all runs complete, and the namespace is gone afterwards',
  async (fence) => {
    const url = `sqlite:${join(await temporaryFolder(), 'test.db')}`;
    const { exitCode, storms } = await stressed([url, '--fence', fence]);
    expect(storms[0]).toMatchObject({
      processes: true,
      completed: RUNS,
      corrupted: 0,
      problems: [],
    });
    expect(exitCode).toBe(0);
    const namespace = storms[0]?.namespace ?? '';
    const left = await world(['inspect', url, 'runs', '--namespace', namespace, '--json']);
    expect(left.stdout).toBe('[]');
  },
  180_000,
);

test('without a fence, on a world that makes ids before it commits, logs are corrupted, and it says so', async () => {
  const { exitCode, storms } = await stressed([
    fixture('minted-before-commit.mjs'),
    ...['--fence', 'off', '--runs', '40', '--iterations', '8'],
    // Payloads come all the time, at another point of each round: some come when a sleep ends.
    ...['--fire-count', '30', '--burst-spacing-ms', '77'],
  ]);
  const [storm] = storms;
  expect(storm?.corrupted).toBeGreaterThan(0);
  expect(storm?.failed.CORRUPTED_EVENT_LOG).toBeGreaterThan(0);
  expect(storm?.problems.flatMap(({ problems }) => problems).join('\n')).toMatch(
    /a replay cannot follow the log: event \d+ \(\w+, evnt_\w+\): expected .+, found .+/,
  );
  expect(exitCode).toBe(1);
}, 180_000);

test('several fences stand side by side, and the report shows a run with conflicts', async () => {
  const file = join(await temporaryFolder(), 'storm.html');
  const { exitCode, stdout, stderr } = await world([
    ...['stress', 'memory:', ...QUICK, '--fence', 'tail', '--fence', 'in-band', '--report', file],
  ]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^FENCE +TAIL +IN-BAND$/m);
  expect(stdout).toMatch(/^completed +20 \(100 %\) +20 \(100 %\)$/m);
  expect(stdout.split('\n').slice(-2)).toEqual([
    `tail: ${RUNS} of ${RUNS} runs completed, every log is right`,
    `in-band: ${RUNS} of ${RUNS} runs completed, every log is right`,
  ]);
  expect(exitCode).toBe(0);
  const html = await readFile(file, 'utf8');
  expect(html).toContain('<h2>A run with conflicts</h2>');
  expect(html).toMatch(/wrun_\w+, fence tail: \d+ events, completed/);
  expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(3);
  // It needs nothing from elsewhere.
  expect(html).not.toMatch(/(?:src|href)="http/);
}, 180_000);

test.each([
  [
    ['memory:', '--shape', 'square'],
    /argument 'square' is invalid. Allowed choices are hook-sleep/,
  ],
  [['memory:', '--fence', 'wall'], /Allowed choices are tail, in-band, off/],
  [['memory:', '--runs', '0'], /no whole number from 1 to 100000/],
  [['memory:', '--workers', 'two'], /no whole number from 1 to 64/],
  [['memory:', '--report', '/none/of/it.html'], /the folder \/none\/of does not exist/],
  [[fixture('without-queue.mjs'), '--runs', '1'], /queue/],
  [['redis://me:s3cret@127.0.0.1:1'], /no server answers/],
])('bad input is said, and nothing runs: %j', async (args, message) => {
  const { exitCode, stdout, stderr } = await world(['stress', ...args]);
  expect(stderr).toMatch(message);
  expect(stderr.split('\n')).toHaveLength(1);
  expect(stderr).not.toContain('s3cret');
  expect(stdout).toBe('');
  expect(exitCode).toBe(2);
});

test('a namespace that holds runs already is left alone', async () => {
  const url = `sqlite:${join(await temporaryFolder(), 'test.db')}`;
  const named = ['stress', url, ...QUICK, '--runs', '1', '--namespace', 'mine'];
  expect((await world(named)).exitCode).toBe(0);
  const again = await world(named);
  expect(again.stderr).toMatch(/the namespace mine holds runs already/);
  expect(again.exitCode).toBe(2);
}, 180_000);

test('--help tells shapes, fences and examples', async () => {
  const { stdout, exitCode } = await world(['stress', '--help']);
  for (const text of ['hook-sleep', 'in-band', 'Exit code', 'Examples:', '--fire-after-ms']) {
    expect(stdout).toContain(text);
  }
  expect(exitCode).toBe(0);
});
