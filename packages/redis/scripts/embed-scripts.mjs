// Embeds src/lua/*.lua into src/scripts.generated.ts, each with the parts that it includes, so that the
// package reads no file at run time. With --check, or with CI=true, it writes nothing and fails when the
// generated file is stale: a build in CI must not repair what was committed.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../src/lua/', import.meta.url);
const target = new URL('../src/scripts.generated.ts', import.meta.url);

const read = (path) => readFileSync(new URL(path, folder), 'utf8').replaceAll('\r\n', '\n');

/** A script with each part that it, or a part of it, includes; a part within a function is indented like its line. */
function expand(text) {
  return text.replace(/^( *)-- @include (\S+)\n/gm, (_, indent, part) =>
    `${expand(read(`lib/${part}.lua`)).trimEnd()}\n`.replace(/^(?=.)/gm, indent),
  );
}

/** `-- @positions A B C` names 1, 2 and 3: a local for each would be captured by every function that uses it. */
function numberPositions(text) {
  const positions = new Map();
  for (const [, names] of text.matchAll(/^ *-- @positions (.*)$/gm)) {
    for (const [i, name] of names.split(' ').entries()) {
      if ((positions.get(name) ?? i + 1) !== i + 1) throw new Error(`${name} has two positions`);
      positions.set(name, i + 1);
    }
  }
  return text.replace(/\[([A-Z_]+)\]/g, (reference, name) => {
    const position = positions.get(name);
    if (position === undefined) throw new Error(`${reference} is no position`);
    return `[${position}]`;
  });
}

const textOf = (file) => numberPositions(expand(read(file)));

const literal = (text) =>
  `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;

const camelCase = (name) => name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());

const entries = readdirSync(folder)
  .filter((file) => file.endsWith('.lua'))
  .sort()
  .map((file) => `  ${camelCase(file.slice(0, -'.lua'.length))}: ${literal(textOf(file))},\n`);

const text = `// Generated from src/lua by scripts/embed-scripts.mjs. Do not edit.

/** The scripts that run on the server, by name. */
export const scripts = {
${entries.join('')}} as const;
`;

const check = process.argv.includes('--check') || process.env.CI === 'true';
const current = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
if (current !== text) {
  if (check) {
    const path = fileURLToPath(target);
    console.error(`${path} is stale: run node packages/redis/scripts/embed-scripts.mjs`);
    process.exitCode = 1;
  } else {
    writeFileSync(target, text);
  }
}
