import type { Output } from './output.js';

const CLEAR_LINE = '\r\u001b[2K';
const DEFAULT_COLUMNS = 80;

/** On a terminal, one line that is written over again and again; elsewhere nothing of it is seen. */
export class StatusLine {
  readonly #output: Output;
  #shown = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Whether anybody sees it; if not, progress is printed line by line. */
  get live(): boolean {
    return this.#output.isTTY === true;
  }

  show(text: string): void {
    if (!this.live) return;
    // 0 on a terminal that does not know its size.
    const columns = this.#output.columns || DEFAULT_COLUMNS;
    this.#output.write(`${CLEAR_LINE}${text.slice(0, Math.max(1, columns - 1))}`);
    this.#shown = true;
  }

  /** Takes the line away; what is printed next stands in its place. */
  clear(): void {
    if (this.#shown) this.#output.write(CLEAR_LINE);
    this.#shown = false;
  }
}
