// Entries of changelogs that link their commit. Needs no network and no token, unlike @changesets/changelog-github.
import { repositoryAddress } from '../scripts/repository-address.mjs';

const address = repositoryAddress();

function link(commit) {
  const short = commit.slice(0, 7);
  return address === undefined ? short : `[\`${short}\`](${address}/commit/${commit})`;
}

export default {
  async getReleaseLine({ summary, commit }) {
    const [first, ...others] = summary.split('\n').map((line) => line.trimEnd());
    const origin = commit === undefined ? '' : `${link(commit)} `;
    return [`- ${origin}${first}`, ...others.map((line) => `  ${line}`.trimEnd())].join('\n');
  },

  // All packages share one version, so what depends on what says nothing that the version does not.
  async getDependencyReleaseLine() {
    return '';
  },
};
