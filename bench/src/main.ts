#!/usr/bin/env node
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Scale } from './measure/benchmark.js';
import { measureAll } from './measure/compare.js';
import { faultsOf } from './report/faults.js';
import { tableOf } from './report/markdown.js';
import { jsonOf, publish } from './report/publish.js';
import { machine, type Report, type Section, sectionOf } from './report/report.js';
import { stopServers } from './servers.js';
import { SUITE } from './suite.js';

const FULL: Scale = { rounds: 7, measureMs: 1000, longest: 100_000, hasPeers: true };
const QUICK: Scale = { rounds: 3, measureMs: 100, longest: 10_000, hasPeers: false };
/** What a quick run leaves out: it takes minutes, and starts a PostgreSQL. */
const SLOW: ReadonlySet<string> = new Set(['workflows', 'streams', 'runtime', 'peers', 'sizes']);

const names = Object.keys(SUITE);
const program = new Command('bench')
  .description(
    'Measures worlds beside their physical limits, and beside what one would use instead.',
  )
  .option('--only <name...>', `which: ${names.join(', ')}`)
  .option('--rounds <n>', 'how often each subject is measured', positive)
  .option('--quick', 'a short look; fails where something grows with the log, or a count is wrong')
  .option('--json <file>', 'writes all figures to a file')
  .option(
    '--out <folder>',
    'writes benchmarks.md, .json and .html there; what was not measured now stays in them',
  )
  .addHelpText(
    'after',
    `
Figures stand beside those of a base that is measured in turns with them: speed 2 is twice as fast.
Ctrl-C stops the servers that were started.

Exit code: 0 measured, 1 with --quick, something grows or is counted that must not, 2 bad arguments.

Examples:
  pnpm bench
  pnpm bench --quick
  pnpm bench --only appends-sqlite reads --rounds 9 --json figures.json
  pnpm bench --out docs`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

const options = program.opts<{
  only?: string[];
  rounds?: number;
  quick?: boolean;
  json?: string;
  out?: string;
}>();
const usual = options.quick ? names.filter((name) => !SLOW.has(name)) : names;
const only = options.only ?? usual;
const unknown = only.find((name) => !names.includes(name));
if (unknown !== undefined) {
  program.error(`error: no benchmark is named ${unknown}; there are ${names.join(', ')}`);
}
const preset = options.quick ? QUICK : FULL;
const scale: Scale = { ...preset, rounds: options.rounds ?? preset.rounds };

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void stopServers().finally(() => process.exit(130)));
}
// Before the work that goes into them.
if (options.out !== undefined) await mkdir(options.out, { recursive: true });
if (options.json !== undefined) await mkdir(dirname(resolve(options.json)), { recursive: true });

console.log(`${machine()}\n`);
try {
  const report: Record<string, Section> = {};
  for (const name of only) report[name] = await measured(name);
  await write(report);
  if (options.quick) {
    const faults = faultsOf(Object.values(report));
    for (const line of faults) console.error(line);
    if (faults.length > 0) process.exitCode = 1;
  }
} finally {
  await stopServers();
}
// Clients of other worlds go on looking for their servers.
process.exit();

async function measured(name: string): Promise<Section> {
  const benchmark = (SUITE[name] as (typeof SUITE)[string])(scale);
  const figures = await measureAll(benchmark, scale, (done, all, next) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name} ${done}/${all} ${next}`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(`${benchmark.title}\n\n${tableOf(figures, benchmark.unit)}\n`);
  return sectionOf(name, benchmark, scale.rounds, figures);
}

async function write(report: Report): Promise<void> {
  if (options.json !== undefined) await writeFile(options.json, jsonOf(report));
  if (options.out !== undefined) await publish(options.out, report);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}
