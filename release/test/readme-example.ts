/** The example of a README. */
export interface ReadmeExample {
  /** One, or a server and then its client. */
  readonly programs: readonly string[];
  /** The lines that the README says the last one prints. */
  readonly prints: readonly string[];
  /** The packages of this family that the programs import, without subpaths. */
  readonly imports: readonly string[];
}

const SECTION = /^## (?:Example|Use it)\n(?<body>[\s\S]*?)(?=^## |$(?![\s\S]))/m;
const PROGRAM = /^```js\n(?<code>[\s\S]*?)^```$/gm;
const PRINTS = /It prints (?<lines>(?:`[^`]+`(?:, | and )?)+)/;
const IMPORT = /from '(?<name>@world\/[\w-]+)/g;

/** What stands below the heading `Example`, or `Use it`; undefined when no program does. */
export function readExample(readme: string): ReadmeExample | undefined {
  const body = SECTION.exec(readme)?.groups?.body ?? '';
  const programs = groupOfAll(body, PROGRAM, 'code');
  if (programs.length === 0) return undefined;
  const lines = PRINTS.exec(body)?.groups?.lines ?? '';
  return {
    programs,
    prints: groupOfAll(lines, /`(?<line>[^`]+)`/g, 'line'),
    imports: [...new Set(groupOfAll(programs.join('\n'), IMPORT, 'name'))],
  };
}

function groupOfAll(text: string, pattern: RegExp, group: string): string[] {
  return [...text.matchAll(pattern)].map((match) => match.groups?.[group] ?? '');
}
