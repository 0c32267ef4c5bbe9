// Checks the files that GitHub reads: they are YAML; workflows give each job its permissions and an end, nothing by
// default; actions are pinned to a commit, with the version in a comment; one job only may prove who it is.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const GITHUB = fileURLToPath(new URL('../.github/', import.meta.url));
const USES = /^\s*(?:- )?uses: (?<action>\S+)(?<comment>.*)$/gm;
const PINNED = /^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/;
const VERSION = /^ # v\d+\.\d+\.\d+$/;

function fail(file, text) {
  console.error(`.github/${file}: ${text}`);
  process.exitCode = 1;
}

function read(file) {
  const text = readFileSync(`${GITHUB}${file}`, 'utf8');
  try {
    return { text, value: parse(text) };
  } catch (error) {
    fail(file, error.message);
    return { text, value: {} };
  }
}

const files = readdirSync(GITHUB, { recursive: true }).map((file) => file.replaceAll('\\', '/'));
const withIdentity = [];
for (const file of files.filter((name) => /\.ya?ml$/.test(name))) {
  const { text, value } = read(file);
  if (!file.startsWith('workflows/')) continue;
  for (const { groups } of text.matchAll(USES)) {
    const { action, comment } = groups;
    if (!PINNED.test(action)) fail(file, `${action} is not pinned to a commit`);
    if (!VERSION.test(comment)) fail(file, `${action} has no comment with its version`);
  }
  const none = typeof value.permissions === 'object' && Object.keys(value.permissions).length === 0;
  if (!none) fail(file, 'permissions are given by default; write `permissions: {}`');
  for (const [name, job] of Object.entries(value.jobs ?? {})) {
    if (typeof job.permissions !== 'object') fail(file, `${name} states no permissions`);
    if (typeof job['timeout-minutes'] !== 'number') fail(file, `${name} has no timeout-minutes`);
    if (job.permissions?.['id-token'] !== undefined) withIdentity.push(`${file} ${name}`);
    for (const { run = '' } of job.steps ?? []) {
      if (/\$\{\{/.test(run)) fail(file, `${name} puts an expression into a shell; use env`);
    }
  }
}
if (withIdentity.length > 1) fail('workflows', `id-token in more than one job: ${withIdentity}`);
