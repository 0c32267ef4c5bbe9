import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package that a release publishes. */
export interface PublicPackage {
  readonly name: string;
  /** Relative to the repository: `packages/sqlite`. */
  readonly directory: string;
  /** What its users can import, as they write it: `@world/remote-http/server`. */
  readonly modules: readonly string[];
  readonly readme: string;
}

/** All of them, by name: the folders of `packages` that are not private. */
export function readPublicPackages(repository: string): readonly PublicPackage[] {
  return readdirSync(join(repository, 'packages'))
    .map((folder) => `packages/${folder}`)
    .flatMap((directory) => {
      const manifest = JSON.parse(
        readFileSync(join(repository, directory, 'package.json'), 'utf8'),
      );
      if (manifest.private === true) return [];
      const { name, exports = {} }: { name: string; exports?: Record<string, unknown> } = manifest;
      const modules = Object.keys(exports)
        .filter((path) => path !== './package.json')
        .map((path) => `${name}${path.slice(1)}`);
      const readme = readFileSync(join(repository, directory, 'README.md'), 'utf8');
      return [{ name, directory, modules, readme }];
    });
}
