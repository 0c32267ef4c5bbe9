import type { Command } from 'commander';
import { CliError } from '../cli-error.js';
import type { Session } from '../session.js';
import { toJson } from '../terminal/json.js';
import { printLine } from '../terminal/output.js';
import { openWorld } from '../worlds/open-world.js';

interface Options {
  readonly namespace?: string;
  readonly json?: true;
}

const HELP = `
A message is dead when its deliveries have failed too often; world inspect <url> queue --state dead shows
which, and why. Redriven, it is due at once, as if it had never failed, and delivered by the workers of
the world: the app, once it is started.

Exit code: 0 redriven (or nothing was dead), 2 it could not be done.

Examples:
  world redrive sqlite:./world.db
  world redrive redis://127.0.0.1:6379 msg_01K… --namespace live`;

/** Adds `world redrive`. */
export function addRedrive(program: Command, { stdout }: Session): void {
  program
    .command('redrive')
    .summary('deliver dead messages again')
    .description('Makes dead messages of the queue due again: one, or all.')
    .argument('<url>', 'World URL: sqlite:./world.db, redis://127.0.0.1:6379; or a module path')
    .argument('[messageId]', 'only this one')
    .option('--namespace <name>', "the world's namespace")
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (url: string, messageId: string | undefined, options: Options) => {
      const world = await openWorld(url, { namespace: options.namespace, mustExist: true });
      try {
        const redriven = await world.messages.redrive(messageId);
        if (messageId !== undefined && redriven === 0) {
          throw new CliError(`${messageId} is no dead message`);
        }
        const text = `${redriven} ${redriven === 1 ? 'message is' : 'messages are'} due again`;
        printLine(stdout, options.json ? toJson({ redriven }) : text);
      } finally {
        await world.close();
      }
    });
}
