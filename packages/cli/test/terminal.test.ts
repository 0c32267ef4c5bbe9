import { describe, expect, test } from 'vitest';
import { Progress } from '../src/conformance/progress.js';
import { preview } from '../src/inspect/preview.js';
import { toJson } from '../src/terminal/json.js';
import { type Output, paintFor } from '../src/terminal/output.js';
import { withoutPassword } from '../src/worlds/target.js';

function recorder(isTTY: boolean): Output & { text: () => string } {
  const chunks: string[] = [];
  return { isTTY, columns: 40, write: (text) => chunks.push(text), text: () => chunks.join('') };
}

const passed = { id: 'L1-one', title: 'L1 one', status: 'passed', ms: 3 } as const;
const failed = { ...passed, id: 'L2-two', status: 'failed', reason: 'Error: a\n  at b' } as const;

function show(output: Output): void {
  const progress = new Progress(output, 2);
  for (const test of [passed, failed]) {
    progress.begin(test.id);
    progress.end(test);
  }
  progress.close();
}

describe('progress', () => {
  test('is one changing line on a terminal; failures stay', () => {
    const output = recorder(true);
    show(output);
    const lines = output.text().split('\n');
    expect(lines[0]).toBe(
      '\r\u001b[2K1/2  L1-one\r\u001b[2K2/2  L2-two\r\u001b[2K\u001b[31m✗\u001b[39m L2-two L1 one 3 ms',
    );
    expect(lines.slice(1)).toEqual(['    Error: a', '      at b', '']);
  });

  test('is a line a test elsewhere, without colours', () => {
    const output = recorder(false);
    show(output);
    expect(output.text()).toBe(
      '✓ L1-one L1 one 3 ms\n✗ L2-two L1 one 3 ms\n    Error: a\n      at b\n',
    );
  });
});

test('NO_COLOR is honoured', () => {
  const paint = (env: NodeJS.ProcessEnv) => paintFor(recorder(true), env)('red', 'x');
  expect(paint({ NO_COLOR: '1' })).toBe('x');
  expect(paint({ NO_COLOR: '' })).toBe('\u001b[31mx\u001b[39m');
});

test('JSON keeps what JSON has no word for', () => {
  const value = { b: Buffer.from('a'), n: 1n, m: new Map([[1n, new Set([2])]]), d: new Date(0) };
  expect(JSON.parse(toJson(value))).toEqual({
    b: { $bytes: 'YQ==' },
    n: { $bigint: '1' },
    m: { $map: [[{ $bigint: '1' }, { $set: [2] }]] },
    d: '1970-01-01T00:00:00.000Z',
  });
});

test('previews are short', () => {
  expect(preview(new Uint8Array(1000))).toBe(`<1000 B ${'·'.repeat(24)}…>`);
  expect(preview('x'.repeat(100))).toHaveLength(60);
  expect(preview({ error: 'a\nb', stack: undefined, n: [1] })).toBe('error=a b n=[1]');
  expect(preview({ input: { item: 7, sub: {} }, n: 1 })).toBe('input={item=7 sub={}} n=1');
  expect(preview(undefined)).toBe('');
  expect(preview(null)).toBe('null');
});

test('passwords in URLs are hidden', () => {
  expect(withoutPassword('redis://me:secret@host:1/0')).toBe('redis://me:***@host:1/0');
  expect(withoutPassword('redis+cluster://:s:e@c@host')).toBe('redis+cluster://:***@host');
  expect(withoutPassword('redis+cluster://user:pw@h1:1,h2:2')).toBe(
    'redis+cluster://user:***@h1:1,h2:2',
  );
  expect(withoutPassword('rediss://:pw@host')).toBe('rediss://:***@host');
  expect(withoutPassword('redis://me:s/e?c#r@host:1')).toBe('redis://me:***@host:1');
  expect(withoutPassword(' redis//:secret@host')).toBe(' redis//:***@host');
  expect(withoutPassword('redis://me@host:6379/0')).toBe('redis://me@host:6379/0');
  expect(withoutPassword('redis+cluster://h1:1,h2:2')).toBe('redis+cluster://h1:1,h2:2');
  for (const path of ['sqlite:./a:b@c.db', 'sqlite:///a:b@c.db']) {
    expect(withoutPassword(path)).toBe(path);
  }
});
