import { styleText } from 'node:util';

/** Where a command writes: the parts of `process.stdout` and `process.stderr` that are used. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

type Style = Parameters<typeof styleText>[0];

/** Colours text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours on a terminal only, and none with NO_COLOR. */
export function paintFor(output: Output, env: NodeJS.ProcessEnv = process.env): Paint {
  const plain = output.isTTY !== true || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  if (plain) return (_, text) => text;
  // Decided above, for this output; some versions of Node would ask stdout.
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** Writes a line. */
export function printLine(output: Output, line: string): void {
  output.write(`${line}\n`);
}
