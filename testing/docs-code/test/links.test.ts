import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import { expect, test } from 'vitest';
import { documents, pathOf, textOf } from './documents.js';

/** Without blocks and spans of code, in which brackets mean something else. */
const proseOf = (document: string): string =>
  textOf(document)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()#]/g, ''));

/** What can be linked to in a document: its headings, as repository hosts name them, and its own anchors. */
function anchorsOf(document: string): ReadonlySet<string> {
  const text = textOf(document).replaceAll(/^```[\s\S]*?^```/gm, '');
  const slugger = new GithubSlugger();
  const headings = [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) =>
    slugger.slug(heading.replaceAll(/`|\[([^\]]*)\]\([^)]*\)/g, '$1')),
  );
  const own = [...text.matchAll(/<a id="([^"]*)">/g)].map(([, id = '']) => id);
  return new Set([...headings, ...own]);
}

function brokenLinksOf(document: string): string[] {
  const links = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#', 2);
    const file = path === '' ? document : posix.join(posix.dirname(document), decodeURI(path));
    if (!existsSync(pathOf(file))) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
  });
}

test('every link in the repository leads somewhere', () => {
  const broken = [...documents().keys()].flatMap((document) =>
    brokenLinksOf(document).map((link) => `${document}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('a link to nothing would be found', () => {
  expect(anchorsOf('docs/contract.md')).toContain('law-f3');
  expect(anchorsOf('docs/contract.md')).toContain('known-bugs-that-the-suite-looks-for');
  expect(anchorsOf('docs/contract.md')).not.toContain('law-f99');
});
