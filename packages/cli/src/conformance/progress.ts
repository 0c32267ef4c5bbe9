import type { TestReport } from '@world/contract/conformance';
import { type Output, type Paint, paintFor, printLine } from '../terminal/output.js';
import { StatusLine } from '../terminal/status-line.js';

const MARKS = {
  passed: { sign: '✓', style: 'green' },
  failed: { sign: '✗', style: 'red' },
  skipped: { sign: '–', style: 'yellow' },
} as const;

/** Shows tests while they run: on a terminal one line that changes, and the failures; elsewhere a line a test. */
export class Progress {
  readonly #output: Output;
  readonly #line: StatusLine;
  readonly #paint: Paint;
  readonly #total: number;
  #ended = 0;
  #failed = 0;

  constructor(output: Output, total: number) {
    this.#output = output;
    this.#line = new StatusLine(output);
    this.#paint = paintFor(output);
    this.#total = total;
  }

  begin(id: string): void {
    const failed = this.#failed === 0 ? '' : `, ${this.#failed} failed`;
    this.#line.show(`${this.#ended + 1}/${this.#total}${failed}  ${id}`);
  }

  end(test: TestReport): void {
    this.#ended += 1;
    if (test.status === 'failed') this.#failed += 1;
    if (this.#line.live && test.status !== 'failed') return;
    this.#line.clear();
    const { sign, style } = MARKS[test.status];
    const after = test.status === 'skipped' ? `(${test.reason})` : `${test.ms} ms`;
    printLine(this.#output, `${this.#paint(style, sign)} ${test.id} ${test.title} ${after}`);
    if (test.status === 'failed') printLine(this.#output, indented(test.reason ?? 'no reason'));
  }

  close(): void {
    this.#line.clear();
  }
}

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ');
