import { basename } from 'node:path';
import validate from 'validate-npm-package-name';
import { CreateError } from './create-error.js';

/** How a new adapter is called. */
export interface AdapterNames {
  /** On npm. */
  readonly packageName: string;
  /** The scheme of its URLs, without the colon. */
  readonly scheme: string;
}

/**
 * The names of an adapter in a folder, which is called as the folder is unless a name is given.
 * @throws CreateError for a name that npm does not take.
 */
export function adapterNames(folder: string, name: string = basename(folder)): AdapterNames {
  const { validForNewPackages, errors = [], warnings = [] } = validate(name);
  if (!validForNewPackages) {
    const [problem] = [...errors, ...warnings];
    throw new CreateError(`${JSON.stringify(name)} is no package name: ${problem}; give --name`);
  }
  return { packageName: name, scheme: schemeOf(name) };
}

/** Schemes begin with a letter, and have fewer characters than package names. */
function schemeOf(packageName: string): string {
  const unscoped = packageName.replace(/^@[^/]*\//, '');
  const scheme = unscoped.replaceAll(/[^a-z0-9+.-]/g, '-').replace(/^[^a-z]+/, '');
  return scheme === '' ? 'world' : scheme;
}
