import { readFileSync } from 'node:fs';

type Ranges = Readonly<Record<string, string>>;

/** What is used of a `package.json`. */
export interface Manifest {
  readonly version: string;
  readonly dependencies: Ranges;
  readonly devDependencies: Ranges;
}

/** That of this package. */
export const ownManifest: Manifest = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as Manifest;

/** The manifest with the versions that the template was tested with: those that this package is developed with. */
export function withRanges(manifest: Manifest): Manifest {
  const tested = ownManifest.devDependencies;
  const complete = (ranges: Ranges): Ranges =>
    Object.fromEntries(
      Object.entries(ranges).map(([name, range]) => [name, tested[name] ?? range]),
    );
  return {
    ...manifest,
    dependencies: complete(manifest.dependencies),
    devDependencies: complete(manifest.devDependencies),
  };
}
