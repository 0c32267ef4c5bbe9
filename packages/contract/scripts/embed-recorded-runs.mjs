// Embeds fixtures/recorded-runs.jsonl into src/conformance/recorded-runs.generated.ts, so that the conformance suite reads
// no file at run time. With --check, or with CI=true, it writes nothing and fails when the generated file is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = new URL('../fixtures/recorded-runs.jsonl', import.meta.url);
const target = new URL('../src/conformance/recorded-runs.generated.ts', import.meta.url);

const literal = (text) =>
  `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;

const lines = readFileSync(source, 'utf8').split(/\r?\n/).filter(Boolean);
for (const line of lines) JSON.parse(line);

const text = `// Generated from fixtures/recorded-runs.jsonl by scripts/embed-recorded-runs.mjs. Do not edit.

/** One run a line, as JSON; see fixtures/README.md. */
export const recordedRunLines: readonly string[] = [
${lines.map((line) => `  ${literal(line)},\n`).join('')}];
`;

const check = process.argv.includes('--check') || process.env.CI === 'true';
const current = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
if (current !== text) {
  if (check) {
    const path = fileURLToPath(target);
    console.error(`${path} is stale: run node packages/contract/scripts/embed-recorded-runs.mjs`);
    process.exitCode = 1;
  } else {
    writeFileSync(target, text);
  }
}
