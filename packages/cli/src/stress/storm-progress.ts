import type { FenceMode } from '@world/runtime';
import { type Output, printLine } from '../terminal/output.js';
import { StatusLine } from '../terminal/status-line.js';

const BAR_WIDTH = 24;
const LINE_EVERY_MS = 10_000;

/** Shows how far a storm is: on a terminal one line that changes, elsewhere a line now and then. */
export class StormProgress {
  readonly #output: Output;
  readonly #line: StatusLine;
  readonly #fence: FenceMode;
  readonly #startedAt = performance.now();
  #printedAt = this.#startedAt;

  constructor(output: Output, fence: FenceMode) {
    this.#output = output;
    this.#line = new StatusLine(output);
    this.#fence = fence;
  }

  /** What is done of how much, and what else there is to say. */
  show(verb: string, done: number, total: number, also: string): void {
    const now = performance.now();
    const seconds = Math.round((now - this.#startedAt) / 1000);
    const text = `${done}/${total} runs ${verb}${also}, ${seconds} s`;
    if (this.#line.live) {
      const filled = Math.round((done / total) * BAR_WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      this.#line.show(`${this.#fence}  ${bar}  ${text}`);
    } else if (now - this.#printedAt >= LINE_EVERY_MS) {
      this.#printedAt = now;
      printLine(this.#output, `${this.#fence}: ${text}`);
    }
  }

  close(): void {
    this.#line.clear();
  }
}
