import { dirname, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Which documents of the repository are pages, and where. Paths are from the root of the repository, with slashes. */

/** With a slash at its end. */
const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** What the search for documents leaves out: everything that `pageOf` does not name. */
export const notPages: string[] = [
  '!(docs|packages|examples)/**/*',
  '{README,SECURITY,CODE_OF_CONDUCT}.md',
  'packages/*/!(README).md',
  'examples/*/!(README).md',
  '{packages,examples}/*/*/**',
];

/** The page of a document, as a path of the site; undefined when it is none. */
export function pageOf(file: string): string | undefined {
  if (file === 'CONTRIBUTING.md') return 'contributing.md';
  const [, page] = /^docs\/([^/]+\.md)$/.exec(file) ?? [];
  if (page !== undefined) return page;
  const [, group, name] = /^(packages|examples)\/([^/]+)\/README\.md$/.exec(file) ?? [];
  return group === undefined ? undefined : `${group}/${name}.md`;
}

/** The file that a link in a document means. */
export const targetOf = (document: string, link: string): string =>
  posix.normalize(
    relative(root, resolve(dirname(document), decodeURI(link))).replaceAll('\\', '/'),
  );

export const pathOf = (file: string): string => `${root}${file}`;
