/** A block of code in a document. */
export interface Block {
  /** `<document>:<line of its first fence>`. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  /** What the comment before it says about it. */
  readonly note: Note | undefined;
  /** The file that it is taken from, as the comment before it says. */
  readonly source: string | undefined;
  /** The lines that the sentence after it says it prints; undefined when it says nothing. */
  readonly prints: readonly string[] | undefined;
}

export interface Note {
  /** `beside`: it runs while the next program of the document does. */
  readonly kind: 'not run' | 'only compiled' | 'beside';
  readonly reason: string;
}

const BLOCK =
  /^(?:<!-- (?:(?<kind>not run|only compiled|beside): (?<reason>[\s\S]*?)|from (?<source>\S+)) -->\n\n?)?```(?<language>\w*)\n(?<code>[\s\S]*?)^```$(?=\n*(?<after>[^\n]*))/gm;

/** All blocks of a document, in its order. */
export function blocksOf(document: string, text: string): Block[] {
  return [...text.matchAll(BLOCK)].map((match) => {
    const { kind, reason = '', source, language = '', code = '', after = '' } = match.groups ?? {};
    const fence = match.index + match[0].indexOf('```');
    return {
      place: `${document}:${text.slice(0, fence).split('\n').length}`,
      language,
      code,
      note: kind === undefined ? undefined : { kind: kind as Note['kind'], reason },
      source,
      prints: printsOf(after),
    };
  });
}

function printsOf(sentence: string): string[] | undefined {
  const lines = /^It prints ((?:`[^`]+`(?:, | and )?)+)/.exec(sentence)?.[1];
  if (lines === undefined) return undefined;
  return [...lines.matchAll(/`([^`]+)`/g)].map(([, line = '']) => line);
}

const PROGRAMS: ReadonlySet<string> = new Set(['js', 'ts']);

export const isProgram = ({ language, note, source }: Block): boolean =>
  PROGRAMS.has(language) && note?.kind !== 'not run' && source === undefined;

/** Blocks that nobody could run: diagrams, and what programs print. */
const NO_CODE: ReadonlySet<string> = new Set(['mermaid', 'text']);
/** That needs a registry. The rehearsal of a release installs every package. */
const INSTALLS_ONLY = /^(?:npm install [^\n]*\n)+$/;

/** Whether a block is run, or says why it is not. */
export const isAccountedFor = (block: Block): boolean =>
  block.note !== undefined ||
  block.source !== undefined ||
  isProgram(block) ||
  NO_CODE.has(block.language) ||
  (block.language === 'sh' && INSTALLS_ONLY.test(block.code));
