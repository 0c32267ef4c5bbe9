// usage: api-report.mjs [--check]
// Writes what each package exports, with types, into its `api` folder: one report for each entry point of its
// package.json, from the built declarations. With --check it writes nothing, and fails naming each stale report.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const packages = fileURLToPath(new URL('../packages', import.meta.url));
const check = process.argv.includes('--check');
const temp = mkdtempSync(join(tmpdir(), 'api-report-'));

/** The entry points that have types, by the name of their report. */
function* entriesOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const [path, target] of Object.entries(exports)) {
    if (target.types !== undefined) yield [path === '.' ? 'index' : path.slice(2), target.types];
  }
}

/** @returns whether the report was up to date. */
function report(folder, name, types) {
  const api = join(folder, 'api');
  mkdirSync(api, { recursive: true });
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(folder, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          extends: '../../tsconfig.base.json',
          compilerOptions: { typeRoots: [join(folder, 'node_modules/@types')] },
          files: [types],
        },
      },
      apiReport: {
        enabled: true,
        // Types that exports are made of, and that nobody can import, are part of the promise all the same.
        includeForgottenExports: true,
        reportFileName: `${name}.api.md`,
        reportFolder: api,
        reportTempFolder: temp,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // Reports are for types: comments are free.
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: !check,
    messageCallback: (message) => {
      // Of the compiler, or that a report is stale, which is told below.
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  return !apiReportChanged;
}

try {
  for (const name of readdirSync(packages)) {
    const folder = join(packages, name);
    for (const [entry, types] of entriesOf(folder)) {
      if (report(folder, entry, types) || !check) continue;
      console.error(`packages/${name}/api/${entry}.api.md: stale; run npx -y pnpm@12 api-report`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(temp, { recursive: true, force: true });
}
