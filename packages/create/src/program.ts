import { resolve } from 'node:path';
import { Command } from 'commander';
import { adapterNames } from './adapter-names.js';
import { ownManifest } from './manifest.js';
import { scaffold } from './scaffold.js';

interface Options {
  readonly name?: string;
  readonly json?: true;
}

const HELP = `
The adapter works, in the memory of one process. Its conformance suite fails in the tests that memory cannot
pass: processes that share data, and data that outlives them. Replace its storage until they pass.

Examples:
  npm create @world@latest my-world
  npm create @world@latest my-world -- --name @acme/my-world
  npm create @world@latest . -- --json

Exit code: 0 it was created, 2 it was not. Files that are there are never overwritten.`;

/** The command behind `npm create @world`; its action fails by throwing. */
export function createProgram(write: (text: string) => void): Command {
  return new Command('npm create @world@latest')
    .description('Starts an adapter: a package that puts workflow worlds into a storage of yours.')
    .usage('<folder> -- [options]')
    .argument('<folder>', 'where to write it; made if need be, else it must be empty')
    .option('--name <package>', "the package's name (default: that of the folder)")
    .option('--json', 'print what was created as JSON')
    .version(ownManifest.version, '-V, --version', 'print the version')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({
      writeOut: write,
      // Thrown too, and told there.
      outputError: () => {},
    })
    .action(async (path: string, { name, json }: Options) => {
      const folder = resolve(path);
      const names = adapterNames(folder, name);
      const files = await scaffold(folder, names);
      if (json) write(`${JSON.stringify({ ...names, folder, files }, null, 2)}\n`);
      else write(told(names.packageName, path, files.length));
    });
}

function told(packageName: string, path: string, count: number): string {
  const enter = path === '.' ? '' : `  cd ${path}\n`;
  return `${packageName}: ${count} files in ${path}

Next:
${enter}  npm install
  npm test     fails where memory is not enough; README.md says which tests those are
`;
}
