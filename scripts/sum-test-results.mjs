// Prints `N passed, N failed`, summed over the test-results.json of every package that has a
// vitest.config.ts. A report that is missing, or a suite that did not load, counts as one failure.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const children = (folder) => {
  const url = new URL(`${folder}/`, root);
  return existsSync(url) ? readdirSync(url).map((name) => `${folder}/${name}`) : [];
};
const packages = [
  ...children('packages'),
  ...children('examples'),
  ...children('testing'),
  'release',
].filter((folder) => existsSync(new URL(`${folder}/vitest.config.ts`, root)));

let passed = 0;
let failed = 0;
const fail = (count, reason) => {
  failed += count;
  console.error(reason);
};

for (const folder of packages) {
  const file = new URL(`${folder}/test-results.json`, root);
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    fail(1, `${folder}: no readable test report (${error.message})`);
    continue;
  }
  passed += report.numPassedTests;
  for (const result of report.testResults.flatMap((suite) => suite.assertionResults)) {
    if (result.status !== 'failed') continue;
    const [why = ''] = result.failureMessages;
    fail(1, `${folder}: ${result.fullName}\n${why.split('\n', 12).join('\n')}`);
  }
  const unloaded = report.testResults.filter(
    (suite) =>
      suite.status === 'failed' &&
      !suite.assertionResults.some((result) => result.status === 'failed'),
  );
  for (const suite of unloaded) {
    fail(1, `${suite.name.replace(fileURLToPath(root), '')}: failed outside of its tests`);
  }
  const counted = report.numFailedTests + unloaded.length;
  if (report.success === false && counted === 0) fail(1, `${folder}: the run failed`);
}
if (packages.length === 0) fail(1, 'no package with tests');

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
