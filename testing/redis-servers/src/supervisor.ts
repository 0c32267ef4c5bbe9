// The program of a process between the tests and a server. When the tests' process ends, however it ends, their channel
// breaks: the supervisor kills the server, removes its folder and ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync } from 'node:fs';
import type { Report, Task } from './supervised-process.js';

const task = JSON.parse(process.argv[2] ?? '') as Task;
let server: ChildProcess | undefined;

function report(message: Report): void {
  // An error means that the channel is broken; 'disconnect' deals with that.
  if (process.connected) process.send?.(message, () => {});
}

function start(): void {
  const log = openSync(task.logFile, 'a');
  const child = spawn(task.program, task.args, {
    cwd: task.folder,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  server = child;
  child.once('spawn', () => report({ pid: child.pid ?? 0 }));
  child.once('error', (error) => report({ ended: error.message }));
  child.once('exit', (code, signal) => report({ ended: `ended with ${signal ?? `code ${code}`}` }));
}

async function end(): Promise<void> {
  if (server?.pid !== undefined && server.exitCode === null && server.signalCode === null) {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }
  if (task.removeFolder) {
    rmSync(task.folder, { recursive: true, force: true, maxRetries: 3 });
  }
  process.exit();
}

process.on('message', () => {
  try {
    start();
  } catch (error) {
    report({ ended: String(error) });
  }
});
process.on('disconnect', end);
process.on('SIGTERM', end);
// The channel may have broken before this file was loaded.
if (!process.connected) await end();
