import type { MarkdownRenderer } from 'vitepress';

const REASON = /^<!-- (?:not run|only compiled): (.*?) -->\s*$/s;

/** Shows the comment that says why a block of code is not run by the tests. */
export function notRunReasons(md: MarkdownRenderer): void {
  const { html_block: htmlBlock } = md.renderer.rules;
  md.renderer.rules.html_block = (tokens, index, options, env, self) => {
    const reason = REASON.exec(tokens[index]?.content ?? '')?.[1];
    if (reason === undefined) return htmlBlock?.(tokens, index, options, env, self) ?? '';
    return `<p class="not-run">The tests do not run this: ${md.renderInline(reason)}</p>\n`;
  };
}
