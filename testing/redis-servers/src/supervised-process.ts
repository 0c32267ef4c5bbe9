import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a supervisor is told: the program that it runs, and where. */
export interface Task {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Gets what the program writes. */
  readonly logFile: string;
  /** Whether the folder is removed at the end. */
  readonly removeFolder: boolean;
}

/** What a supervisor says: the program runs, or it does not run any more, and why. */
export type Report = { readonly pid: number } | { readonly ended: string };

/** A program that ends with this process, however this process ends. It does not keep this process alive. */
export interface SupervisedProcess {
  /** Of the last start. */
  readonly pid: number;
  /** How the program ended; undefined while it runs. */
  readonly ended: string | undefined;
  /** Resolves when it runs, and when it could not be run: see `ended`. */
  start(): Promise<void>;
  /** Does nothing when the program has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Kills the program when it does not end by itself within `deadlineMs`. */
  end(deadlineMs: number): Promise<void>;
  /** Kills the program, removes the folder if the task says so. */
  close(): Promise<void>;
}

const START_MS = 20_000;
const KILL_MS = 5000;

/** Starts the supervisor; the program is started by `start`. */
export function superviseProcess(task: Task): SupervisedProcess {
  const supervisor = fork(
    fileURLToPath(new URL('./supervisor.js', import.meta.url)),
    [JSON.stringify(task)],
    // Options of this process, a debugger's port for one, are not for the supervisor, nor are signals to its group: what
    // counts is the channel.
    { execArgv: [], env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'ignore', detached: true },
  );
  supervisor.unref();
  supervisor.channel?.unref();

  let pid = 0;
  let ended: string | undefined = 'not started';
  const changes = new EventEmitter();
  const signal = (name: NodeJS.Signals): void => {
    if (ended === undefined) killProcess(pid, name);
  };
  supervisor.on('message', (report: Report) => {
    if ('pid' in report) pid = report.pid;
    ended = 'pid' in report ? undefined : report.ended;
    changes.emit('change');
  });
  supervisor.on('error', (error) => {
    ended = error.message;
    changes.emit('change');
  });
  supervisor.on('exit', () => {
    signal('SIGKILL');
    ended ??= 'its supervisor ended';
    changes.emit('change');
  });

  /** False when the deadline came first. Its timer keeps this process alive meanwhile. */
  const change = (deadlineMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const done = (changed: boolean): void => {
        clearTimeout(timer);
        changes.off('change', onChange);
        resolve(changed);
      };
      const onChange = (): void => done(true);
      const timer = setTimeout(() => done(false), deadlineMs);
      changes.on('change', onChange);
    });
  const end = async (deadlineMs: number): Promise<void> => {
    if (ended !== undefined || (await change(deadlineMs))) return;
    const killed = change(KILL_MS);
    signal('SIGKILL');
    if (!(await killed)) throw new Error(`${task.program} (pid ${pid}) cannot be killed`);
  };
  return {
    get pid() {
      return pid;
    },
    get ended() {
      return ended;
    },
    start: async () => {
      const started = change(START_MS);
      if (supervisor.connected) supervisor.send('start');
      if (!(await started)) throw new Error(`${task.program} was not started`);
    },
    signal,
    end,
    close: async () => {
      signal('SIGKILL');
      await end(KILL_MS);
      await closeSupervisor(supervisor);
    },
  };
}

function killProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended, and the report is on its way.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function closeSupervisor(supervisor: ChildProcess): Promise<void> {
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
  const exited = once(supervisor, 'exit');
  supervisor.ref();
  if (supervisor.connected) supervisor.disconnect();
  await exited;
}
