// Embeds src/migrations/NNNN-name.sql into src/migrations.generated.ts, so that the package reads
// no file at run time. With --check, or with CI=true, it writes nothing and fails when the generated
// file is stale: a build in CI must not repair what was committed.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../src/migrations/', import.meta.url);
const target = new URL('../src/migrations.generated.ts', import.meta.url);

const files = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort()
  : [];

const migrations = files.map((file, index) => {
  const match = /^(\d{4})-([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/.exec(file);
  if (match === null) throw new Error(`${file}: a migration is named NNNN-name.sql`);
  const version = Number(match[1]);
  if (version !== index + 1) {
    throw new Error(`${file}: versions start at 0001 without gaps or doubles`);
  }
  const sql = readFileSync(new URL(file, folder), 'utf8').replaceAll('\r\n', '\n');
  return { version, name: match[2], sql };
});

const literal = (text) =>
  `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;

const entries = migrations.map(
  ({ version, name, sql }) =>
    `  {\n    version: ${version},\n    name: '${name}',\n    sql: ${literal(sql)},\n  },\n`,
);
const list = entries.length === 0 ? '[]' : `[\n${entries.join('')}]`;
const text = `// Generated from src/migrations/*.sql by scripts/embed-migrations.mjs. Do not edit.

/** The migrations in the order in which they are applied; \`version\` counts from 1 without gaps. */
export const migrations: readonly {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}[] = ${list};
`;

const check = process.argv.includes('--check') || process.env.CI === 'true';
const current = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
if (current !== text) {
  if (check) {
    const path = fileURLToPath(target);
    console.error(`${path} is stale: run node packages/sqlite/scripts/embed-migrations.mjs`);
    process.exitCode = 1;
  } else {
    writeFileSync(target, text);
  }
}
