import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';

/** A package registry on the loopback interface that lives until `close`. */
export interface LocalRegistry {
  /** With a trailing slash. */
  readonly url: string;
  /** Lets its bearer publish; worth nothing anywhere else. */
  readonly token: string;
  /** What the server wrote so far. */
  readonly log: () => string;
  readonly close: () => Promise<void>;
}

/** What a registry needs to know about the one that it passes other packages on from. */
export interface Upstream {
  readonly url: string;
  /** A PEM file with further certificate authorities. */
  readonly cafile: string | undefined;
}

const startTimeoutMs = 40_000;

/** A preload for the server: a test process that is killed cannot leave it behind. */
const endWithParent = `data:text/javascript,process.on('disconnect', () => process.exit())`;

/** Starts a verdaccio whose files all lie in `folder`; `@world/*` never comes from upstream. */
export async function openLocalRegistry(
  folder: string,
  upstream: Upstream,
  env: NodeJS.ProcessEnv,
): Promise<LocalRegistry> {
  const port = await freePort();
  const config = join(folder, 'verdaccio.yaml');
  // JSON is YAML.
  await writeFile(config, JSON.stringify(verdaccioConfig(folder, upstream.url)));

  const child = spawn(
    process.execPath,
    [
      '--import',
      endWithParent,
      verdaccioBin(),
      '--config',
      config,
      '--listen',
      `127.0.0.1:${port}`,
    ],
    {
      cwd: folder,
      env: upstream.cafile === undefined ? env : { ...env, NODE_EXTRA_CA_CERTS: upstream.cafile },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  const close = (): Promise<void> => stop(child);

  const url = `http://127.0.0.1:${port}/`;
  try {
    await answering(url, child);
    return { url, token: await signUp(url), log: () => log, close };
  } catch (cause) {
    await close();
    throw new Error(`the local registry did not start:\n${log}`, { cause });
  }
}

function verdaccioConfig(folder: string, upstream: string): object {
  return {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
    uplinks: { upstream: { url: upstream, timeout: '60s', maxage: '1h', max_fails: 20 } },
    packages: {
      '@world/*': { access: '$all', publish: '$authenticated' },
      '**': { access: '$all', proxy: 'upstream' },
    },
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', colors: false, level: 'warn' },
  };
}

function verdaccioBin(): string {
  const manifest = createRequire(import.meta.url).resolve('verdaccio/package.json');
  return join(dirname(manifest), 'bin', 'verdaccio');
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}`);
    const ok = await fetch(`${url}-/ping`, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > deadline) throw new Error(`no answer within ${startTimeoutMs} ms`);
    await delay(100);
  }
}

async function signUp(url: string): Promise<string> {
  const response = await fetch(`${url}-/user/org.couchdb.user:rehearsal`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'rehearsal', password: 'rehearsal-only' }),
    signal: AbortSignal.timeout(10_000),
  });
  const body: unknown = await response.json();
  if (typeof body === 'object' && body !== null && 'token' in body) return String(body.token);
  throw new Error(`no token for the throwaway user: ${JSON.stringify(body)}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(timer);
}
