import { parseArgs } from 'node:util';
import { CannotStart } from './cannot-start.js';
import { KNOWN_WORLDS } from './known-worlds.js';

/** What the user wants. */
export interface Options {
  readonly help: boolean;
  /** The URL of the world to run on; undefined: a new SQLite file. */
  readonly world: string | undefined;
}

const COMMAND = 'npx -y pnpm@12 demo';

const EXAMPLES = ['', ...KNOWN_WORLDS.map(({ example }) => ` --world ${example}`)];

export const HELP: string = `Shows the packages of this repository at work: recorded runs, a race of two writers, the conformance suite.

Usage: ${COMMAND} [--world <url>]

  --world <url>  the world to run on; when not given, a new SQLite file, removed at the end
  -h, --help     print this

On a world of yours the demo writes to new namespaces only, and removes them at the end, also on Ctrl-C.

Exit code: 0 everything went as told, 1 something did not, 2 it could not start; 130 after Ctrl-C.

Examples:
${EXAMPLES.map((one) => `  ${COMMAND}${one}`).join('\n')}`;

/** @throws CannotStart for what it does not understand. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  if (positionals.length > 0) {
    throw new CannotStart(`the URL of a world comes after --world; --help shows examples`);
  }
  return { help: values.help === true, world: values.world };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { world: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    // Advice on dashes follows in further sentences.
    const [problem] = (error instanceof Error ? error.message : String(error)).split(
      /\.? (?=To )|\n/,
    );
    throw new CannotStart(`${problem}; --help shows what there is`);
  }
}
