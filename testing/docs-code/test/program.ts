import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const LOOK_MS = 50;
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/** An empty folder in which programs see the packages of this repository. */
export async function openFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'world-docs-code-'));
  await symlink(modules, join(path, 'node_modules'), 'junction');
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A program that runs in a folder. */
export class Program {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #stdout = '';
  #stderr = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    // Also when a test that waits for it was given up.
    const killed = (): void => void child.kill('SIGKILL');
    process.once('exit', killed);
    child.once('exit', () => process.off('exit', killed));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  static async start(folder: string, code: string): Promise<Program> {
    const file = join(folder, `program-${randomUUID()}.mjs`);
    await writeFile(file, code);
    const { WORKFLOW_WORLD_URL: _, ...env } = process.env;
    return new Program(spawn(process.execPath, [file], { cwd: folder, env }));
  }

  /** Resolves when it has ended well, to the lines that it has printed. */
  async lines(): Promise<string[]> {
    await this.#exited;
    if (this.#child.exitCode !== 0) {
      throw new Error(
        `ended with ${this.#child.exitCode ?? this.#child.signalCode}:\n${this.#stderr}`,
      );
    }
    return this.#stdout
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '');
  }

  /** Resolves when something listens on the port. */
  async listening(port: number): Promise<void> {
    while (this.#child.exitCode === null) {
      const socket = connect(port, '127.0.0.1');
      const isOpen = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (isOpen) return;
      await delay(LOOK_MS);
    }
    throw new Error(`ended with ${this.#child.exitCode}:\n${this.#stderr}`);
  }

  /** SIGTERM, which it has to take as its end. */
  async stop(): Promise<string[]> {
    this.#child.kill('SIGTERM');
    return this.lines();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
