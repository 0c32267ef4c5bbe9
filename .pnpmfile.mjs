// pnpm runs this whenever it packs: every tarball states where it comes from, see scripts/repository-address.mjs.
import { relative } from 'node:path';
import { originFields, repositoryAddress } from './scripts/repository-address.mjs';

export const hooks = {
  beforePacking(manifest, folder) {
    const address = repositoryAddress();
    if (address === undefined) return manifest;
    const directory = relative(import.meta.dirname, folder).replaceAll('\\', '/');
    return { ...manifest, ...originFields(address, directory) };
  },
};
