import { delimiter } from 'node:path';
import { execa } from 'execa';

/**
 * The environment of a user's shell that has pnpm on its PATH: nothing of the package manager, the
 * task runner or the test runner that started this process, and no command of this repository.
 */
export async function rehearsalEnv(repository: string): Promise<NodeJS.ProcessEnv> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|pnpm_|turbo_|vitest|node_(env|options|path)$|init_cwd$|test$)/i.test(name),
  );
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.startsWith(repository))
    .join(delimiter);
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    PATH: path,
    CI: 'true',
    NO_COLOR: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    // Commits and tags must not depend on a git configuration.
    GIT_AUTHOR_NAME: 'Rehearsal',
    GIT_AUTHOR_EMAIL: 'rehearsal@localhost',
    GIT_COMMITTER_NAME: 'Rehearsal',
    GIT_COMMITTER_EMAIL: 'rehearsal@localhost',
  };
  delete env.FORCE_COLOR;
  return { ...env, PATH: await pathWithPnpm(env) };
}

/** `changeset publish` and turbo call `pnpm` by name; npx can bring one that is not installed. */
async function pathWithPnpm(env: NodeJS.ProcessEnv): Promise<string> {
  const present = await execa('pnpm', ['--version'], { env, extendEnv: false, reject: false });
  if (present.exitCode === 0) return env.PATH ?? '';
  const print = ['-p', 'process.env.PATH'];
  const { stdout } = await execa('npx', ['-y', '-p', 'pnpm@12', '--', process.execPath, ...print], {
    env,
    extendEnv: false,
    timeout: 60_000,
  });
  return stdout.trim();
}
