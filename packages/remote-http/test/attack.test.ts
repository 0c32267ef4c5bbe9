import { request } from 'node:http';
import { encodeData } from '@world/contract';
import { createWorld as createMemoryWorld } from '@world/memory';
import { serve } from '@world/remote-http/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { call, LEAKS, RUN_CREATED, send, sendRaw } from './attack.js';
import { served } from './given.js';

const CBOR = { 'content-type': 'application/cbor' } as const;
const bytes = (...parts: readonly (number | string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(
    parts.map((one) => (typeof one === 'number' ? Buffer.from([one]) : Buffer.from(one as string))),
  );
/** A body whose only argument is this CBOR. */
const asParams = (value: Uint8Array): Uint8Array => bytes(0xa1, 0x66, 'params', value);
const repeated = (count: number, ...parts: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: count * parts.length }, (_, i) => parts[i % parts.length] ?? 0);
const header = (first: number, length: number): Uint8Array => {
  const made = new Uint8Array(5);
  made[0] = first;
  new DataView(made.buffer).setUint32(1, length);
  return made;
};

describe('bombs', () => {
  const bombs: Readonly<Record<string, Uint8Array>> = {
    'a text of 1 GB': asParams(header(0x7a, 2 ** 30)),
    'bytes of 1 GB': asParams(header(0x5a, 2 ** 30)),
    'a list of 1 G items': asParams(header(0x9a, 2 ** 30)),
    'lists of 10 MB in lists': asParams(bytes(header(0x9a, 1e7), header(0x9a, 1e7))),
    'a map of 1 G members': asParams(header(0xba, 2 ** 30)),
    'a length of 2^64': asParams(bytes(0x9b, repeated(8, 0xff))),
    '100,000 lists deep': asParams(bytes(repeated(100_000, 0x81), 0)),
    '100,000 maps deep': asParams(bytes(repeated(100_000, 0xa1, 0x00), 0)),
    '100,000 tags deep': asParams(bytes(repeated(100_000, 0xc1), 0)),
    'indefinite lists': asParams(bytes(repeated(100_000, 0x9f))),
    'a typed array of 2 GB': asParams(
      bytes(0xd8, 64, 0xa1, 0x66, 'buffer', header(0x1a, 2 ** 31 - 1)),
    ),
    'an integer of 300 KB': asParams(bytes(0xc2, header(0x5a, 300_000), repeated(300_000, 0xff))),
    '10,000 integers of 1 KB': asParams(
      bytes(header(0x9a, 10_000), repeated(10_000, 0xc2, 0x59, 4, 0, ...repeated(1024, 0xff))),
    ),
    '8 M maps': asParams(bytes(header(0x9a, 8e6), repeated(8e6, 0xa0))),
    'a shared reference': asParams(bytes(0xd8, 28, 0x81, 0xd8, 29, 0)),
    'a record that compiles code': asParams(
      bytes(0xd9, 0xdf, 0xff, 0x83, 0x19, 0xe0, 0, 0x81, 0x61, 'a', 1),
    ),
    'packed values': asParams(bytes(0xd8, 51, 0x84, 0x81, 0, 0x80, 0x80, 0)),
    'bundled strings': asParams(bytes(0xd9, 0xdf, 0xf9, 0x82, 0, 0)),
    'an error made by constructor': asParams(bytes(0xd8, 27, 0x82, 0x6b, 'constructor', 0x61, 'a')),
    'a regular expression that is none': asParams(bytes(0xd8, 27, 0x82, 0x66, 'RegExp', 0x61, '(')),
    'a Map for params': asParams(encodeData(new Map([['lastKnownEventId', 'x']]))),
    'a Set for params': asParams(encodeData(new Set([1]))),
    'the key __proto__': asParams(bytes(0xa1, 0x69, '__proto__', 0xa0)),
    'text that is not UTF-8': asParams(bytes(0x62, 0xff, 0xfe)),
    'a Map for a body': encodeData(new Map([['params', {}]])),
  };

  test('of CBOR are refused before they are decoded: quickly, and without memory', async () => {
    const { url } = await served();
    for (const [name, body] of Object.entries(bombs)) {
      const before = process.memoryUsage().rss;
      const start = performance.now();
      const answer = await send(url, { path: '/v1/runs.list', headers: CBOR, body });
      expect(answer.status, name).toBe(400);
      expect(answer.body.error?.code, name).toBe('INVALID_ARGUMENT');
      expect(answer.text).not.toMatch(LEAKS);
      expect(performance.now() - start, name).toBeLessThan(10_000);
      expect(process.memoryUsage().rss - before, name).toBeLessThan(200e6);
    }
  });

  test('what the contract stores is let through: each kind of value, 200 levels deep', async () => {
    const { url } = await served();
    let deep: unknown = 1;
    for (let i = 0; i < 199; i += 1) deep = [deep];
    const values = [
      new Date(),
      2n ** 80n,
      -(2n ** 80n),
      2n ** 63n,
      new Set([1]),
      new Map([['a', 1]]),
      /a/i,
    ];
    const typed = [new Uint8Array(3), new Float64Array(2), new Int16Array(1), new BigInt64Array(1)];
    const input = [deep, ...values, ...typed, new Error('e'), 1.5, Number.NaN, undefined, true];
    for (const one of input) {
      const event = { ...RUN_CREATED, eventData: { ...RUN_CREATED.eventData, input: [one] } };
      const body = encodeData({ runId: null, event });
      const { status, text } = await send(url, { path: '/v1/events.create', headers: CBOR, body });
      expect(status, text).toBe(200);
    }
  });

  test.each([
    ['100,000 lists deep', '['.repeat(100_000)],
    ['100,000 objects deep', '{"a":'.repeat(100_000)],
    ['4 M lists', `[${'[],'.repeat(4e6)}0]`],
    ['an integer of 1 M digits', `{"$bigint":"${'9'.repeat(1e6)}"}`],
    ['bytes that are no base64', '{"$bytes":"a b"}'],
  ])('of JSON too: %s', async (_, value) => {
    const { url } = await served();
    const start = performance.now();
    const body = `{"params":${value}}`;
    const answer = await send(url, { path: '/v1/runs.list', body });
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('limits', () => {
  test('of a body: declared, and chunked without a word', async () => {
    const { url } = await served({ bodyLimitBytes: 1000 });
    const body = JSON.stringify({ params: { workflowName: 'x'.repeat(1000) } });
    const declared = await send(url, { path: '/v1/runs.list', body });
    const headers = { 'transfer-encoding': 'chunked' };
    const chunked = await send(url, { path: '/v1/runs.list', body, headers });
    for (const { status, body: told } of [declared, chunked]) {
      expect([status, told.error?.code]).toEqual([413, 'INVALID_ARGUMENT']);
    }
    expect((await call(url, 'runs.list', {})).status).toBe(200);
  });

  test('of bodies together', async () => {
    const { url } = await served({ bodyMemoryBytes: 1000 });
    const body = JSON.stringify({ params: { workflowName: 'x'.repeat(1000) } });
    const { status, headers } = await send(url, { path: '/v1/runs.list', body });
    expect([status, headers['retry-after']]).toEqual([429, '1']);
    for (let i = 0; i < 20; i += 1) {
      const small = { params: { workflowName: 'x'.repeat(800) } };
      expect((await call(url, 'runs.list', small)).status).toBe(200);
    }
  });

  test('of headers and of the URL', async () => {
    const { url } = await served();
    const head = (extra: string) => `POST /v1/runs.list HTTP/1.1\r\nhost: h\r\n${extra}\r\n\r\n`;
    const large = await sendRaw(url, [head(`x-large: ${'x'.repeat(20_000)}`)]);
    expect(large).toMatch(/^HTTP\/1\.1 431 .*"code":"INVALID_ARGUMENT"/s);
    const many = await sendRaw(url, [head('a: b\r\n'.repeat(9000).trim())]);
    expect(many).toMatch(/^HTTP\/1\.1 431 /);
    const long = await send(url, { path: `/v1/runs.list?${'x'.repeat(3000)}`, body: '{}' });
    expect([long.status, long.body.error?.code]).toEqual([414, 'INVALID_ARGUMENT']);
    const longer = await sendRaw(url, [`POST /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`]);
    expect(longer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('of a batch', async () => {
    const { url } = await served();
    const args = {
      runId: 'wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV',
      events: Array(1001).fill(RUN_CREATED),
    };
    const { status, body } = await call(url, 'events.createBatch', args);
    expect([status, body.error?.details?.field]).toEqual([400, 'events']);
  });

  test('of followers, who make room when they go', async () => {
    const { url } = await served({ liveLimit: 2 });
    const created = await call(url, 'events.create', { runId: null, event: RUN_CREATED });
    const { runId } = (created.body.value as { run: { runId: string } }).run;
    const open = () =>
      fetch(`${url}/v1/events.follow`, {
        method: 'POST',
        body: JSON.stringify({ params: { runId } }),
        headers: { 'content-type': 'application/json' },
      });
    const [first, second] = [await open(), await open()];
    const third = await open();
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    await first.body?.cancel();
    const statusOfAnother = async () => {
      const again = await open();
      await again.body?.cancel();
      return again.status;
    };
    await expect.poll(statusOfAnother).toBe(200);
    await second.body?.cancel();
  });

  test('of namespaces: idle ones make room, those in use and those in memory stay', async () => {
    const opened: string[] = [];
    const closed: string[] = [];
    const server = await serve(
      (namespace) => {
        opened.push(namespace);
        const world = createMemoryWorld({ url: 'memory:', namespace });
        const durable = !namespace.startsWith('memory');
        const close = async (): Promise<void> => {
          closed.push(namespace);
          await world.close();
        };
        return { ...world, close, capabilities: { ...world.capabilities, durable } };
      },
      { namespaceLimit: 3 },
    );
    onTestFinished(() => server.stop());
    const ask = async (namespace: string) =>
      (await call(server.url, 'runs.list', {}, { 'world-namespace': namespace })).status;
    const namespaces = Array.from({ length: 50 }, (_, i) => `n${i}`);
    for (const one of namespaces) expect(await ask(one)).toBe(200);
    expect(opened).toEqual(namespaces);
    expect(closed).toEqual(namespaces.slice(0, -3));

    const created = await call(
      server.url,
      'events.create',
      { runId: null, event: RUN_CREATED },
      { 'world-namespace': 'followed' },
    );
    const { runId } = (created.body.value as { run: { runId: string } }).run;
    const live = await fetch(`${server.url}/v1/events.follow`, {
      method: 'POST',
      body: JSON.stringify({ params: { runId } }),
      headers: { 'content-type': 'application/json', 'world-namespace': 'followed' },
    });
    for (const one of ['memory1', 'memory2']) expect(await ask(one)).toBe(200);
    expect(await ask('one more')).toBe(400);
    expect(await ask('one-more')).toBe(429);
    expect(closed).not.toContain('followed');
    await live.body?.cancel();
    await expect.poll(async () => await ask('one-more')).toBe(200);
    expect(closed).toContain('followed');
    expect(closed.filter((one) => one.startsWith('memory'))).toEqual([]);

    // One whose data was removed holds nothing any more, until it is used again.
    const headers = { 'world-namespace': 'memory1' };
    expect((await call(server.url, 'deleteNamespace', {}, headers)).status).toBe(200);
    for (const one of ['n1', 'n2', 'n3']) expect(await ask(one)).toBe(200);
    expect(closed.filter((one) => one.startsWith('memory'))).toEqual(['memory1']);
  });
});

describe('slow clients', () => {
  test('a head, or none, that does not come is answered with 408 and cut', async () => {
    const { url } = await served({ headersTimeoutMs: 200 });
    const slow = await sendRaw(url, ['POST /v1/runs.list HTTP/1.1\r\nhost: h\r\nx-slow: ']);
    expect(slow).toMatch(/^HTTP\/1\.1 408 .*"code":"INVALID_ARGUMENT"/s);
    expect(await sendRaw(url, [])).toMatch(/^(HTTP\/1\.1 408 .*)?$/s);
  });

  test('a body that does not come is answered with 408, and costs others nothing', async () => {
    const { url } = await served({ bodyTimeoutMs: 2000 });
    const head = `POST /v1/runs.list HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`;
    const slow = Array.from({ length: 50 }, () =>
      sendRaw(url, [head], (text) => text.includes('INVALID_ARGUMENT')),
    );
    let cut = 0;
    for (const one of slow) void one.then(() => (cut += 1));
    expect((await call(url, 'runs.list', {})).status).toBe(200);
    expect(cut).toBe(0);
    for (const text of await Promise.all(slow)) expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a connection that is idle, or whose answer nobody takes, is cut', async () => {
    const { url } = await served({ idleTimeoutMs: 300 });
    const head = `POST /v1/events.follow HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n`;
    await sendRaw(url, [head]);
  });

  test('an upload that goes on after its refusal is cut', async () => {
    const { url } = await served({ bodyLimitBytes: 1000 });
    const { port } = new URL(url);
    const sent = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/v1/runs.list',
      headers: { 'content-type': 'application/json' },
    });
    const closed = new Promise<void>((resolve) => sent.on('close', () => resolve()));
    sent.on('error', () => {});
    const timer = setInterval(() => sent.write('x'.repeat(1000)), 5);
    await closed;
    clearInterval(timer);
  });
});
