import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SUITE } from '../suite.js';
import { htmlOf } from './html.js';
import { markdownOf } from './markdown.js';
import type { Report } from './report.js';

/** Writes the document, the figures and the page. What an earlier report there has, and this one has not, stays. */
export async function publish(folder: string, report: Report): Promise<void> {
  const file = join(folder, 'benchmarks.json');
  const earlier = (await readFile(file, 'utf8').then(JSON.parse, () => ({}))) as Report;
  const all = inOrder({ ...earlier, ...report });
  await writeFile(file, jsonOf(all));
  await writeFile(join(folder, 'benchmarks.md'), markdownOf(all));
  await writeFile(join(folder, 'benchmarks.html'), htmlOf(all));
}

export const jsonOf = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;

/** As the suite has them. */
const inOrder = (report: Report): Report =>
  Object.fromEntries(
    Object.keys(SUITE).flatMap((name) => {
      const section = report[name];
      return section === undefined ? [] : [[name, section]];
    }),
  );
