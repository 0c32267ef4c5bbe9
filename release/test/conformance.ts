import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Rehearsal } from './rehearsal.ts';

/** One run of the suite. */
export interface ConformanceRun {
  /** Where the world is installed. */
  readonly app: string;
  /** The `world` command, as that folder's user calls it. */
  readonly world: readonly [string, ...string[]];
  readonly target: string;
  readonly url?: string | undefined;
  /** Only the tests with these ids; all when there are none. */
  readonly only: readonly string[];
}

/** Runs the suite, and gives its counts. @throws when a test fails, with the reasons. */
export async function runConformance(
  { run }: Pick<Rehearsal, 'run'>,
  { app, world, target, url, only }: ConformanceRun,
): Promise<{ readonly passed: number; readonly failed: number; readonly skipped: number }> {
  const [command, ...args] = world;
  const filter = only.flatMap((id) => ['--only', id]);
  await run(
    app,
    command,
    [...args, 'conformance', target, '--report', 'report.json', ...filter],
    url === undefined ? {} : { WORKFLOW_WORLD_URL: url },
  );
  return JSON.parse(await readFile(join(app, 'report.json'), 'utf8'));
}

/** A world behind HTTP. */
export interface ServedWorld {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Runs `world serve` on a free port until `stop`. */
export async function serveWorld(
  { env }: Pick<Rehearsal, 'env'>,
  app: string,
  world: readonly [string, ...string[]],
  url: string,
): Promise<ServedWorld> {
  const [command, ...args] = world;
  const server = execa(command, [...args, 'serve', url, '--port', '0'], {
    cwd: app,
    env,
    extendEnv: false,
    all: true,
    reject: false,
  });
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await server;
  };
  const served = await new Promise<string | undefined>((resolve) => {
    let written = '';
    server.stdout.on('data', (chunk: Buffer) => {
      written += chunk.toString();
      const [found] = /http:\/\/127\.0\.0\.1:\d+(?=\s)/.exec(written) ?? [];
      if (found !== undefined) resolve(found);
    });
    server.on('exit', () => resolve(undefined));
  });
  if (served !== undefined) return { url: served, stop };
  const { all } = await server;
  throw new Error(`world serve ended before it served:\n${all}`);
}
