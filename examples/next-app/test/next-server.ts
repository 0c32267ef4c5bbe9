import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const READY_MS = 30_000;
/** More than a world takes to drain. */
const STOP_MS = 20_000;

/** `next start` on a free port of the loopback, as a process. */
export class NextServer {
  readonly #child: ChildProcess;
  readonly #killAtExit = (): void => void this.#child.kill('SIGKILL');
  url = '';
  /** What it has printed. */
  output = '';

  private constructor(env: Readonly<Record<string, string>>) {
    const args = ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', '0'];
    this.#child = spawn(process.execPath, args, {
      cwd: FOLDER,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NEXT_MANUAL_SIG_HANDLE: 'true', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    process.once('exit', this.#killAtExit);
    this.#child.once('exit', () => process.off('exit', this.#killAtExit));
  }

  /** Starts it; resolves when it answers, which is after the world was started. */
  static async start(env: Readonly<Record<string, string>>): Promise<NextServer> {
    const server = new NextServer(env);
    try {
      server.url = await server.#printedUrl();
      await fetch(server.url, { signal: AbortSignal.timeout(READY_MS) });
      return server;
    } catch (error) {
      await server.kill();
      throw error;
    }
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM, then the exit code; `null` when a signal ended it. */
  async stop(): Promise<number | null> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#end('SIGTERM');
    clearTimeout(timer);
    return this.#child.exitCode;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }

  #printedUrl(): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why}:\n${this.output}`));
      const timer = setTimeout(() => fail('not ready'), READY_MS);
      this.#child.once('exit', (code) => {
        clearTimeout(timer);
        fail(`ended with ${code}`);
      });
      for (const stream of [this.#child.stdout, this.#child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          this.output += text;
          const url = /Local: +(http:\S+)\s/.exec(this.output)?.[1];
          if (url === undefined) return;
          clearTimeout(timer);
          resolve(url);
        });
      }
    });
  }
}
