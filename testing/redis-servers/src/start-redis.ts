import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { redisProgram } from './redis-program.js';
import { type Address, sendCommand } from './send-command.js';
import { type SupervisedProcess, superviseProcess } from './supervised-process.js';
import { until } from './until.js';

/** How a server is started. */
export interface RedisOptions {
  /** Default: `redisProgram()`. */
  readonly program?: string | undefined;
  /** Of 127.0.0.1; default: a free one. */
  readonly port?: number | undefined;
  /** Further options for the program, `['--appendfsync', 'everysec']`; they win over those of this package. */
  readonly args?: readonly string[] | undefined;
  /** Where the data and `server.log` lie; it has to exist and stays. Default: a new one that is removed with the server. */
  readonly folder?: string | undefined;
  readonly password?: string | undefined;
}

/** A real server that ends with this process at the latest, however this process ends. */
export interface RedisServer {
  /** `redis://127.0.0.1:PORT`, with the password if there is one. */
  readonly url: string;
  readonly port: number;
  /** Of the last start. */
  readonly pid: number;
  /** Ends the server in order, by SIGKILL after 5 s, and removes its temporary folder. It cannot be started again. */
  stop(): Promise<void>;
  /** SIGKILL; the data stays for `restart`. */
  kill(): Promise<void>;
  /** Starts the server again, same port, same data; ends it in order first if it runs. Resolves when the data is loaded. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

const READY_MS = 20_000;
const STOP_MS = 5000;
const PORT_TRIES = 10;

/**
 * Starts a server on 127.0.0.1 that syncs each write to its append-only file before it answers, takes no snapshots and evicts
 * nothing. Resolves when it answers, within 20 s; rejects with the server's log when it ended.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const program = options.program ?? (await redisProgram());
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort());
    try {
      return await startOnPort(program, port, options);
    } catch (error) {
      const another = error instanceof PortTakenError && options.port === undefined;
      if (!another || tries === PORT_TRIES) throw error;
    }
  }
}

class PortTakenError extends Error {}

async function startOnPort(
  program: string,
  port: number,
  { args = [], folder: givenFolder, password }: RedisOptions,
): Promise<RedisServer> {
  const folder = givenFolder ?? (await mkdtemp(join(tmpdir(), 'world-redis-')));
  const logFile = join(folder, 'server.log');
  const server = superviseProcess({
    program,
    args: [...serverArgs(port, folder, password), ...args],
    folder,
    logFile,
    removeFolder: givenFolder === undefined,
  });
  const address: Address = { port, password };
  try {
    await start(server, address, logFile);
  } catch (error) {
    await server.close();
    throw error;
  }
  const terminate = async (): Promise<void> => {
    server.signal('SIGTERM');
    server.signal('SIGCONT');
    await server.end(STOP_MS);
  };
  const user = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  return {
    url: `redis://${user}127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    stop: async () => {
      await terminate();
      await server.close();
    },
    kill: async () => {
      server.signal('SIGKILL');
      await server.end(STOP_MS);
    },
    restart: async () => {
      await terminate();
      await start(server, address, logFile);
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
  };
}

function serverArgs(port: number, folder: string, password: string | undefined): string[] {
  return [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
    ...['--maxmemory-policy', 'noeviction'],
    ...(password === undefined ? [] : ['--requirepass', password]),
  ];
}

async function start(server: SupervisedProcess, address: Address, logFile: string): Promise<void> {
  closeSync(openSync(logFile, 'a'));
  const { size } = await stat(logFile);
  await server.start();
  await until(async () => {
    if (server.ended === undefined) return notReady(server.pid, address);
    const log = (await readFile(logFile)).subarray(size).toString();
    const ErrorClass = /address already in use|failed listening/i.test(log)
      ? PortTakenError
      : Error;
    throw new ErrorClass(`the server on port ${address.port} ${server.ended}:\n${log}`);
  }, READY_MS);
}

/** What the server does not do yet. Another server may have the port: the process is compared. */
async function notReady(pid: number, address: Address): Promise<string | undefined> {
  try {
    const info = await sendCommand(address, 'INFO');
    if (!info.includes(`\nprocess_id:${pid}\r`)) return `port ${address.port} is not of pid ${pid}`;
    if (!info.includes('\nloading:0\r')) return `port ${address.port} is loading its data`;
    return (await sendCommand(address, 'PING')) === 'PONG' ? undefined : 'no PONG';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
