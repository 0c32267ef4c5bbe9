import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addConformance } from './commands/conformance.js';
import { addCopy } from './commands/copy.js';
import { addInspect } from './commands/inspect.js';
import { addRedrive } from './commands/redrive.js';
import { addServe } from './commands/serve.js';
import { addStress } from './commands/stress.js';
import type { Session } from './session.js';

const HELP = `
Examples:
  world conformance @world/sqlite            does this world keep the contract?
  world inspect sqlite:./world.db runs       what is in it?
  world copy sqlite:./world.db redis://127.0.0.1:6379
  world redrive sqlite:./world.db            delivers dead messages again
  world serve sqlite:./world.db              at http://127.0.0.1:8787
  world stress sqlite:./test.db              do its logs stay right under load?

Exit code: 0 all is well, 1 something was found wrong, 2 it could not be done.
DEBUG=world shows where an error comes from.`;

/** The `world` command; its actions fail by throwing. */
export function createProgram(session: Session): Command {
  const program = new Command('world')
    .description('Tests, reads, copies, mends, serves and stresses workflow worlds.')
    .version(versionOfPackage(), '-V, --version', 'print the version')
    .addHelpText('after', HELP)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => session.stdout.write(text),
      writeErr: (text) => session.stderr.write(text),
      // Thrown too, and told there.
      outputError: () => {},
    });
  addConformance(program, session);
  addInspect(program, session);
  addCopy(program, session);
  addRedrive(program, session);
  addServe(program, session);
  addStress(program, session);
  return program;
}

function versionOfPackage(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return (manifest as { version: string }).version;
}
