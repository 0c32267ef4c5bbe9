import { stripVTControlCharacters, styleText } from 'node:util';

/** Plain text of at most 100 columns; colours on a terminal only, and not when `NO_COLOR` is set. */

const WIDTH = 100;
const INDENT = '   ';

const { stdout, env } = process;
const onTerminal = stdout.isTTY === true && env.TERM !== 'dumb';
const coloured = onTerminal && !env.NO_COLOR;

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** The text in a colour, where colours are shown. */
export const paint = (style: Style, text: string): string =>
  coloured ? styleText(style, text) : text;

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

const pad = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)));

let isMuted = false;

/** Prints nothing any more: what still runs has been given up. */
export function mute(): void {
  endProgress();
  isMuted = true;
}

function write(text: string): void {
  if (!isMuted) stdout.write(text);
}

/** Prints text as it is, with a line's end. */
export function print(text = ''): void {
  write(`${text}\n`);
}

/** Prints one indented line. */
export function line(text = ''): void {
  print(text === '' ? '' : INDENT + text);
}

/** Prints the title of a part. */
export function title(number: number, text: string): void {
  print(`\n${paint('bold', `${number}  ${text}`)}\n`);
}

/** Prints text wrapped between words; the lines after the first are indented by `hanging` more columns. */
export function paragraph(text: string, hanging = 0): void {
  let current = '';
  for (const word of text.split(' ')) {
    if (INDENT.length + widthOf(current) + 1 + widthOf(word) > WIDTH) {
      line(current);
      current = ' '.repeat(hanging) + word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  line(current);
}

/** Prints rows with their columns aligned; columns in `right` are flush right. */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
  indent = '',
): void {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
  }
  for (const row of rows) {
    const cells = row.map((cell, i) => {
      const width = widths[i] ?? 0;
      return right.includes(i) ? ' '.repeat(width - widthOf(cell)) + cell : pad(cell, width);
    });
    line((indent + cells.join('  ')).trimEnd());
  }
}

/** Shows how far something has come, in one line that the next one overwrites; nothing off a terminal. */
export function progress(text: string): void {
  if (onTerminal) write(`\r\x1b[K${INDENT}${text.slice(0, (stdout.columns ?? WIDTH) - 4)}`);
}

/** Removes the line that `progress` has left. */
export function endProgress(): void {
  if (onTerminal) write('\r\x1b[K');
}

/** `1 test`, `2 tests`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** `85 ms`, `1.9 s`. */
export const duration = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
