#!/usr/bin/env node
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { parallelSteps } from './parallel-steps.js';
import { type Figures, machine, rowsOf, tableOf } from './report.js';

interface Benchmark {
  readonly title: string;
  run(rounds: number, told: (progress: string) => void): Promise<Figures>;
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'parallel-steps': {
    title:
      '110 parallel steps on the workflow SDK 4.8.9, by the time of @workflow/world-postgres 4.3.7',
    run: parallelSteps,
  },
};

const program = new Command('bench')
  .description('Measures worlds beside each other, and beside what one would use instead.')
  .option(
    '--only <name...>',
    `which: ${Object.keys(BENCHMARKS).join(', ')}`,
    Object.keys(BENCHMARKS),
  )
  .option('--rounds <n>', 'how often each is measured', positive, 5)
  .option('--json <file>', 'writes all figures to a file')
  .addHelpText(
    'after',
    `
Examples:
  pnpm bench
  pnpm bench --only parallel-steps --rounds 9 --json figures.json`,
  )
  .parse();

const { only, rounds, json } = program.opts<{ only: string[]; rounds: number; json?: string }>();
const unknown = only.find((name) => !(name in BENCHMARKS));
if (unknown !== undefined) program.error(`error: no benchmark is named ${unknown}`);

const told = (progress: string): void => void (process.stderr.isTTY && console.error(progress));
const all: Record<string, Figures> = {};
console.log(`${machine()}\n`);
for (const name of only) {
  const { title, run } = BENCHMARKS[name] as Benchmark;
  const figures = await run(rounds, told);
  all[name] = figures;
  console.log(`${title}\n\n${tableOf(rowsOf(figures))}\n`);
}
if (json !== undefined) {
  await writeFile(
    json,
    `${JSON.stringify({ machine: machine(), rounds, figures: all }, null, 2)}\n`,
  );
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}
