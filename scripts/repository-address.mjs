// usage: repository-address.mjs
// Prints the public address of this repository; fails when it has none.
// It stands in no package.json: it is where the git remote `origin` says that the clone came from.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** `https://host/owner/name`, or undefined when `origin` is a folder, or is not there. */
export function repositoryAddress() {
  const { stdout } = spawnSync('git', ['remote', 'get-url', 'origin'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const remote =
    /^(?:https:\/\/(?:[^@/]+@)?|ssh:\/\/git@|git@)(?<host>[\w.-]+)[/:](?<path>[\w./-]+?)(?:\.git)?\/?$/;
  const found = remote.exec((stdout ?? '').trim());
  return found === null ? undefined : `https://${found.groups.host}/${found.groups.path}`;
}

/** What a package that lies in `directory` of the repository says about where it comes from. */
export function originFields(address, directory) {
  return {
    repository: { type: 'git', url: `git+${address}.git`, directory },
    homepage: `${address}/tree/main/${directory}#readme`,
    bugs: { url: `${address}/issues` },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const address = repositoryAddress();
  if (address === undefined) {
    console.error('the git remote origin has no public address, which every package has to state');
    process.exit(1);
  }
  console.log(address);
}
