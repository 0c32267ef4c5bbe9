import { readFileSync, writeFileSync } from 'node:fs';
import { chartOf } from './report/chart.js';
import type { Report } from './report/report.js';

// usage: chart-main.js [--check]
// Draws docs/benchmarks.svg from docs/benchmarks.json. With --check it writes nothing, and fails when the picture is stale.
const docs = new URL('../../docs/', import.meta.url);
const report = JSON.parse(readFileSync(new URL('benchmarks.json', docs), 'utf8')) as Report;
const file = new URL('benchmarks.svg', docs);
const svg = chartOf(report);

if (!process.argv.includes('--check')) {
  writeFileSync(file, svg);
} else if (readFileSync(file, 'utf8') !== svg) {
  console.error('docs/benchmarks.svg: stale; run npx -y pnpm@12 bench-chart');
  process.exitCode = 1;
}
