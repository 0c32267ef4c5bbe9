import type { MarkdownRenderer } from 'vitepress';

/** Blocks of `mermaid` become diagrams, by the component of that name in the theme. */
export function mermaidDiagrams(md: MarkdownRenderer): void {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token?.info.trim() !== 'mermaid') {
      return fence?.(tokens, index, options, env, self) ?? '';
    }
    return `<Mermaid id="diagram-${index}" source="${encodeURIComponent(token.content)}" />`;
  };
}
