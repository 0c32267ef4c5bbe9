import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ReadmeExample } from './readme-example.ts';
import type { Rehearsal } from './rehearsal.ts';

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const types = fileURLToPath(new URL('../node_modules/@types', import.meta.url));

const resolutions = { bundler: 'esnext', node16: 'node16' };
export type Resolution = keyof typeof resolutions;

/**
 * Checks files as a compiler of the app would: TypeScript strictly, and JavaScript, as examples are, without asking for
 * what only TypeScript can say.
 * @throws with what tsc found.
 */
export async function checkTypes(
  { run }: Pick<Rehearsal, 'run'>,
  app: string,
  resolution: Resolution,
  files: readonly string[],
): Promise<void> {
  const javascript = files.every((file) => file.endsWith('.mjs'));
  const language = javascript ? ['--allowJs', '--checkJs', '--strict', 'false'] : ['--strict'];
  // Declarations are not skipped: one that needs what its package does not bring fails.
  const options = ['--noEmit', '--target', 'es2023', '--lib', 'es2023,dom'];
  const modules = ['--module', resolutions[resolution], '--moduleResolution', resolution];
  const nodeTypes = ['--types', 'node', '--typeRoots', types];
  const args = [tsc, ...language, ...options, ...modules, ...nodeTypes, ...files];
  await run(app, process.execPath, args);
}

/** Writes TypeScript that uses all that the modules export, and gives its file. */
export async function writeModules(app: string, modules: readonly string[]): Promise<[string]> {
  const imports = modules.map((name, index) => `import * as module${index} from '${name}';`);
  const names = modules.map((_, index) => `module${index}`);
  const lines = [...imports, `export const all = [${names.join(', ')}];`, ''];
  await writeFile(join(app, 'modules.ts'), lines.join('\n'));
  return ['modules.ts'];
}

/** Where `runExample` writes the programs. */
export function exampleFiles(programs: readonly string[]): readonly string[] {
  return programs.map((_, index) => `example-${index}.mjs`);
}

/** Requires the modules from CommonJS, and gives how many exports each has. */
export async function requireModules(
  { run }: Pick<Rehearsal, 'run'>,
  app: string,
  modules: readonly string[],
): Promise<readonly number[]> {
  const names = JSON.stringify(modules);
  const program = `console.log(JSON.stringify(${names}.map((name) => Object.keys(require(name)).length)));\n`;
  await writeFile(join(app, 'modules.cjs'), program);
  return JSON.parse(await run(app, process.execPath, ['modules.cjs']));
}

/** Runs the programs of an example, all but the last as servers, and gives the lines that the last one prints. */
export async function runExample(
  { run, env }: Pick<Rehearsal, 'run' | 'env'>,
  app: string,
  programs: readonly string[],
): Promise<readonly string[]> {
  const files = [...exampleFiles(programs)];
  for (const [index, file] of files.entries()) {
    await writeFile(join(app, file), programs[index] ?? '');
  }
  const client = files.pop() ?? '';
  const servers = files.map((file) =>
    execa(process.execPath, [file], { cwd: app, env, extendEnv: false, all: true, reject: false }),
  );
  try {
    if (servers.length > 0) await listening(programs.join('\n'));
    const stdout = await run(app, process.execPath, [client]);
    return stdout
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '');
  } finally {
    for (const server of servers) server.kill('SIGTERM');
    await Promise.all(servers);
  }
}

/** Waits for the server whose URL stands in a program. */
async function listening(program: string): Promise<void> {
  const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(program) ?? [];
  if (url === undefined) throw new Error('the example names no URL');
  for (let tries = 0; tries < 600; tries += 1) {
    const answers = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nobody answers at ${url}`);
}

/** The example, with the addresses of this machine's servers in place of the usual ones. */
export function withAddresses(
  { programs }: ReadmeExample,
  { redisUrl, port }: { readonly redisUrl: string; readonly port: number },
): readonly string[] {
  return programs.map((program) =>
    program.replaceAll('redis://127.0.0.1:6379', redisUrl).replaceAll('8787', String(port)),
  );
}
