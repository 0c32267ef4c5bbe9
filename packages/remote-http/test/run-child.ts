import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const DEADLINE_MS = 15_000;

/** How a child process ended. */
export interface ChildEnd {
  readonly output: string;
  /** From the line `closed` on standard output to the end of the process, ms. */
  readonly afterClosedMs: number;
}

/** Runs a module in a process of its own, which has to end by itself; rejects when it fails, or is still there after 15 s. */
export async function runChild(
  source: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildEnd> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, ...env },
    timeout: DEADLINE_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let closedAt = Number.NaN;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes('closed\n')) closedAt ||= performance.now();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code, signal] = await once(child, 'exit');
  const afterClosedMs = performance.now() - closedAt;
  if (code !== 0) throw new Error(`the child ended with ${signal ?? code}: ${output}`);
  return { output, afterClosedMs };
}
