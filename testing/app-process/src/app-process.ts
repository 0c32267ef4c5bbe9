import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const START_MS = 30_000;
/** More than a world takes to drain. */
const STOP_MS = 20_000;
const OUTPUT_LIMIT = 10_000;

/** An app: what serves it, the folder that the SDK resolves the world from, and what it prints when it is ready. */
export interface AppFiles {
  readonly server: URL;
  readonly args?: readonly string[];
  readonly folder: URL;
  readonly ready: string;
}

/** The server of an app, as a process on a port of its own. */
export class AppProcess {
  readonly url: string;
  #env: NodeJS.ProcessEnv;
  readonly #files: AppFiles;
  #child: ChildProcess | undefined;
  /** The end of what it has printed since this was emptied, over all starts. */
  output = '';

  private constructor(port: number, env: Readonly<Record<string, string>>, files: AppFiles) {
    this.#files = files;
    this.url = `http://127.0.0.1:${port}`;
    this.#env = { ...process.env, ...env, PORT: String(port) };
  }

  /** Starts it on a free port. */
  static async start(files: AppFiles, env: Readonly<Record<string, string>>): Promise<AppProcess> {
    const app = new AppProcess(await freePort(), env, files);
    await app.start();
    return app;
  }

  /** Starts it again, on the same port; what is given of the environment holds from now on. Resolves when it is ready. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#env = { ...this.#env, ...env };
    const { server, args = [], folder } = this.#files;
    const child = spawn(process.execPath, [fileURLToPath(server), ...args], {
      cwd: folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    const killed = (): void => void child.kill('SIGKILL');
    process.once('exit', killed);
    child.once('exit', () => process.off('exit', killed));
    await this.#ready(child);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM; rejects unless the process then ends by itself, with 0. */
  async stop(): Promise<void> {
    const child = this.#child;
    await this.#end('SIGTERM');
    if (child?.exitCode === 0 || child?.signalCode === 'SIGKILL') return;
    throw new Error(`ended with ${child?.exitCode ?? child?.signalCode}:\n${this.output}`);
  }

  #ready(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready:\n${this.output}`)), START_MS);
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`ended with ${code}:\n${this.output}`));
      });
      let printed = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          this.output = (this.output + text).slice(-OUTPUT_LIMIT);
          printed += text;
          if (!printed.includes(this.#files.ready)) return;
          clearTimeout(timer);
          resolve();
        });
      }
    });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill(signal);
    await exited;
    clearTimeout(timer);
    if (child.signalCode !== null && child.signalCode !== signal) {
      throw new Error(`did not end by ${signal}:\n${this.output}`);
    }
  }
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
