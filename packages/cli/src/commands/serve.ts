import { type Command, InvalidArgumentError } from 'commander';
import { CliError } from '../cli-error.js';
import type { Session } from '../session.js';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly tokenFile?: string;
  readonly readOnly?: true;
  readonly deliverTo?: string;
  readonly deliverNamespace?: readonly string[];
  readonly log?: true;
  readonly json?: true;
  readonly stopTimeout: number;
}

const DEFAULTS = { port: 8787, host: '127.0.0.1', stopTimeoutS: 10 } as const;

const HELP = `
Clients open it by its URL: world inspect http://127.0.0.1:8787 runs, or createWorld({ url }) of
@world/remote-http. Each namespace of a client is the same namespace of the world.

The token file has one token a line; what follows it on the line binds it, # begins a comment:
  4f5c3a…                               # everything
  9b01d2… namespace=live                # one namespace
  c77e10… namespace=live read-only      # and no writes
Only you should be able to read it: chmod 600. SIGHUP reads it again. Without tokens everybody who
reaches the port may do everything; any host but this one is refused then.

With --deliver-to the server also delivers the messages of a namespace to an app, signed, which then needs
no worker of its own: it opens its world with WORKFLOW_WORLD_ROLE=producer, and may be stopped while it
has nothing to do. What could not be delivered is told on stderr, a line of JSON each.

Ctrl-C and SIGTERM finish deliveries, then take no more requests, finish those under way, and end live
streams; clients follow on elsewhere. A second Ctrl-C ends at once.

Exit code: 0 stopped, 2 it could not be served, 128 + the signal's number when it did not stop in time.

Examples:
  world serve sqlite:./world.db
  world serve redis://127.0.0.1:6379 --port 9000 --log
  world serve sqlite:./world.db --host 0.0.0.0 --token-file ./tokens
  world serve sqlite:./world.db --read-only
  world serve sqlite:./world.db --deliver-to http://127.0.0.1:3000`;

/** Adds `world serve`. */
export function addServe(program: Command, session: Session): void {
  program
    .command('serve')
    .summary('serve a world over HTTP')
    .description('Serves the worlds of a URL over HTTP, for clients of @world/remote-http.')
    .argument('<url>', 'World URL: sqlite:./world.db, redis://127.0.0.1:6379; or a module path')
    .option('--port <port>', '0 takes any free one', port, DEFAULTS.port)
    .option('--host <host>', 'address to listen on; 0.0.0.0 is all', DEFAULTS.host)
    .option('--token-file <file>', 'who may call, and what')
    .option('--read-only', 'refuse every write')
    .option('--deliver-to <url>', 'app that gets the messages of the queue', appUrl)
    .option('--deliver-namespace <name>', 'whose; repeat it for more (default: "default")', oneMore)
    .option('--log', 'print a line of JSON on stderr for each request')
    .option('--stop-timeout <seconds>', 'for what is under way', seconds, DEFAULTS.stopTimeoutS)
    .option('--json', 'print where it listens as JSON')
    .addHelpText('after', HELP)
    .action(async (url: string, options: Options) => {
      assertFits(options);
      const { stopTimeout, readOnly = false, log = false, json = false, ...rest } = options;
      const { deliverNamespace = ['default'] } = options;
      // The server takes long to load, and other commands do not need it.
      const { serveWorlds } = await import('../serve/serve-worlds.js');
      const stopTimeoutMs = stopTimeout * 1000;
      const request = { url, readOnly, log, json, stopTimeoutMs, ...rest, deliverNamespace };
      await serveWorlds(request, session);
    });
}

function port(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) < 2 ** 16) return Number(value);
  throw new InvalidArgumentError('It is no port from 0 to 65535.');
}

/** @throws CliError for a user or password: it would be shown, and cannot be sent. */
function appUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && `${url.username}${url.password}` !== '') {
    throw new CliError('--deliver-to holds a user or password; deliveries are signed instead');
  }
  const isBase = url !== undefined && `${url.search}${url.hash}` === '';
  if (isBase && /^https?:$/.test(url.protocol)) return url.href;
  throw new InvalidArgumentError('It is no URL of an app, expected http://host:port.');
}

const oneMore = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

function assertFits({ deliverTo, deliverNamespace, readOnly }: Options): void {
  if (deliverNamespace !== undefined && deliverTo === undefined) {
    throw new CliError('--deliver-namespace says whose messages go to an app: give --deliver-to');
  }
  if (deliverTo !== undefined && readOnly) {
    throw new CliError('--deliver-to settles messages: it does not go with --read-only');
  }
}

function seconds(value: string): number {
  const parsed = Number(value);
  if (value !== '' && parsed >= 0 && parsed <= 3600) return parsed;
  throw new InvalidArgumentError('It is no time in s from 0 to 3600.');
}
