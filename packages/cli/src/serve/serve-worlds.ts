import { type World, WorldError } from '@world/contract';
import type { AccessToken, ServedWorlds, ServeOptions } from '@world/remote-http/server';
import { CliError, messageOf } from '../cli-error.js';
import type { Session } from '../session.js';
import { onHangUp } from '../terminal/interruption.js';
import { printLine } from '../terminal/output.js';
import { packageUrl } from '../worlds/load-module.js';
import { worldsOf } from '../worlds/open-world.js';
import { withoutPassword } from '../worlds/target.js';
import { createDispatcher } from './dispatcher.js';
import { readTokenFile } from './token-file.js';
import { whenStopped } from './when-stopped.js';

export interface ServeRequest {
  readonly url: string;
  readonly port: number;
  readonly host: string;
  readonly tokenFile?: string | undefined;
  readonly readOnly: boolean;
  readonly log: boolean;
  readonly json: boolean;
  /** The app that gets messages, and of which namespaces. */
  readonly deliverTo?: string | undefined;
  readonly deliverNamespace: readonly string[];
  readonly stopTimeoutMs: number;
}

/** Beyond the deadline of the server, for closing its worlds, ms. */
const CLOSE_MS = 2000;

/** Serves worlds until a signal comes, then finishes what is under way. @throws Interrupted for a second signal. */
export async function serveWorlds(request: ServeRequest, session: Session): Promise<void> {
  const { url, json, tokenFile, readOnly, stopTimeoutMs, deliverTo } = request;
  const { stdout, stderr, signal } = session;
  const { serve } = (await import(packageUrl('@world/remote-http/server'))) as {
    serve(open: (namespace: string) => World, options: ServeOptions): Promise<ServedWorlds>;
  };
  const tokens = tokenFile === undefined ? undefined : reloadedTokens(tokenFile, session);
  const openWorld = await worldsOf(url, { mustExist: readOnly });
  await assertAnswers(openWorld);
  const dispatcher =
    deliverTo === undefined
      ? undefined
      : createDispatcher(openWorld, { ...request, deliverTo }, session);
  const server = await serve(openWorld, optionsOf(request, tokens, session)).catch(
    refusal(request),
  );
  // Deliveries end first: the app calls the server meanwhile.
  session.graceMs = (dispatcher === undefined ? 1 : 2) * stopTimeoutMs + CLOSE_MS;
  const served = {
    url: server.url,
    world: withoutPassword(url),
    readOnly,
    pid: process.pid,
    ...(deliverTo !== undefined && { deliverTo }),
  };
  printLine(stdout, json ? JSON.stringify(served) : `${served.world} is served at ${server.url}`);
  if (!json && deliverTo !== undefined) printLine(stdout, `messages go to ${deliverTo}`);
  // With many runs the first look at them takes a while: nobody waits for it.
  const started = dispatcher?.start();
  const stopped = whenStopped(signal, async () => {
    printLine(stderr, 'stopping');
    await dispatcher?.close();
    await server.stop();
  });
  await Promise.all([started, stopped]);
}

/** Opens the world of the default namespace and asks it: what is wrong with it is told before anybody calls. */
async function assertAnswers(openWorld: (namespace: string) => World): Promise<void> {
  const world = openWorld('default');
  try {
    await world.runs.list({ pagination: { limit: 1 } });
  } finally {
    await world.close();
  }
}

function optionsOf(
  { host, port, readOnly, log, stopTimeoutMs }: ServeRequest,
  tokens: (() => readonly AccessToken[]) | undefined,
  { stderr }: Session,
): ServeOptions {
  return {
    host,
    port,
    readOnly,
    stopTimeoutMs,
    ...(tokens !== undefined && { tokens }),
    ...(log && { log: (line) => printLine(stderr, JSON.stringify(line)) }),
    onError: (error, requestId) => {
      const told = { time: new Date().toISOString(), requestId, error: messageOf(error) };
      printLine(stderr, JSON.stringify(told));
    },
  };
}

/** The tokens of a file, read again on SIGHUP; a file that is bad then changes nothing. */
function reloadedTokens(path: string, { stderr }: Session): () => readonly AccessToken[] {
  const read = (): readonly AccessToken[] => {
    const { tokens, warning } = readTokenFile(path);
    if (warning !== undefined) printLine(stderr, `warning: ${warning}`);
    return tokens;
  };
  let tokens = read();
  onHangUp(() => {
    try {
      tokens = read();
      printLine(stderr, `tokens: ${tokens.length} read from ${path}`);
    } catch (error) {
      printLine(stderr, `tokens: the old ones stay: ${messageOf(error)}`);
    }
  });
  return () => tokens;
}

/** Says in words of this command why a server does not start. */
const refusal =
  ({ host, port, tokenFile }: ServeRequest) =>
  (cause: unknown): never => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new CliError(`port ${port} of ${host} is in use; choose another with --port`, {
        cause,
      });
    }
    if (WorldError.is(cause, 'INVALID_ARGUMENT') && tokenFile === undefined) {
      const { field } = cause.details;
      if (field === 'host') {
        throw new CliError(
          `${host} is open to others: give --token-file FILE, or serve on 127.0.0.1`,
          { cause },
        );
      }
    }
    if (typeof code === 'string' && !WorldError.is(cause)) {
      throw new CliError(`cannot listen on ${host}, port ${port}: ${messageOf(cause)}`, { cause });
    }
    throw cause;
  };
