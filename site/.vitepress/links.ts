import { existsSync } from 'node:fs';
import type { MarkdownRenderer } from 'vitepress';
import { pageOf, pathOf, targetOf } from './pages.js';

interface Env {
  /** The document, where its page has another name. */
  readonly realPath?: string;
  readonly path: string;
}

/** `github:owner/name`, `https://…` or `git+https://….git`, as package.json has it. */
export function webUrlOf(repository: unknown): string | undefined {
  const url =
    typeof repository === 'object' && repository !== null && 'url' in repository
      ? repository.url
      : repository;
  if (typeof url !== 'string') return undefined;
  const short = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(url)?.[1];
  if (short !== undefined) return `https://github.com/${short}`;
  return /^(?:git\+)?(https:\/\/.+?)(?:\.git)?$/.exec(url)?.[1];
}

/**
 * Links between documents are written for the repository. On the site one to a page leads there; one to any other file leads to
 * the repository, and is only text where nobody has said where that is. A link to a file that is not there fails.
 */
export function siteLinks(md: MarkdownRenderer, repository: string | undefined): void {
  md.core.ruler.push('site-links', ({ tokens, env }) => {
    const document = (env as Env).realPath ?? (env as Env).path;
    for (const { children } of tokens) {
      let isText = false;
      for (const token of children ?? []) {
        if (token.type === 'link_close' && isText) {
          token.type = 'text';
          isText = false;
        }
        if (token.type !== 'link_open') continue;
        const href = token.attrGet('href') ?? '';
        if (href.startsWith('#') || /^[a-z]+:/i.test(href)) continue;
        const url = urlOf(document, href, repository);
        if (url !== undefined) {
          token.attrSet('href', url);
        } else {
          token.type = 'text';
          isText = true;
        }
      }
    }
  });
}

function urlOf(document: string, href: string, repository: string | undefined): string | undefined {
  const [link = '', anchor] = href.split('#', 2);
  const file = targetOf(document, link);
  if (!existsSync(pathOf(file))) throw new Error(`${document}: ${href} leads nowhere`);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const page = pageOf(file);
  if (page !== undefined) return `/${page}${hash}`;
  return repository && `${repository}/blob/HEAD/${file}${hash}`;
}
