import { createWorld as createMemoryWorld } from '@world/memory';
import { type AccessToken, createWorldHandler, serve } from '@world/remote-http/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLoopback } from '../src/server/loopback.js';
import { call, RUN_CREATED, send, sendRaw } from './attack.js';
import { served } from './given.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const TOKENS: readonly AccessToken[] = [
  { token: 'all' },
  { token: 'of-a', namespace: 'a' },
  { token: 'reads-a', namespace: 'a', readOnly: true },
];

describe('tokens', () => {
  test('a call needs one of them; the first bad character of a token is no better than the last', async () => {
    const { url } = await served({ tokens: TOKENS });
    for (const headers of [
      {},
      bearer('none'),
      bearer('al'),
      bearer('alll'),
      bearer('ALL'),
      { authorization: 'Basic all' },
      { authorization: 'all' },
      { authorization: 'Bearer all, Bearer of-a' },
      { authorization: ['Bearer none', 'Bearer all'] },
      { authorization: ['Bearer all', 'Bearer none'] },
    ]) {
      const { status, body, headers: answered } = await call(url, 'runs.list', {}, headers);
      expect(status).toBe(401);
      expect(body.error?.code).toBe('UNAUTHORIZED');
      expect(answered['www-authenticate']).toBe('Bearer');
    }
    expect((await call(url, 'runs.list', {}, bearer('all'))).status).toBe(200);
    expect((await call(url, 'runs.list?token=all', {})).status).toBe(401);
    expect((await call(url, 'runs.list', {}, { cookie: 'token=all' })).status).toBe(401);
  });

  test('a list that changes lets new ones in and old ones no more, also to nobody at all', async () => {
    let tokens: readonly AccessToken[] = [{ token: 'old' }];
    const { url } = await served({ tokens: () => tokens });
    const statusOf = async (token: string) =>
      (await call(url, 'runs.list', {}, bearer(token))).status;
    expect([await statusOf('old'), await statusOf('new')]).toEqual([200, 401]);
    tokens = [{ token: 'old' }, { token: 'new' }];
    expect([await statusOf('old'), await statusOf('new')]).toEqual([200, 200]);
    tokens = [{ token: 'new' }];
    expect([await statusOf('old'), await statusOf('new')]).toEqual([401, 200]);
    tokens = [];
    expect([await statusOf('old'), await statusOf('new')]).toEqual([401, 401]);
    expect((await call(url, 'runs.list', {})).status).toBe(401);
  });

  test('lists that let nobody in by mistake are refused', () => {
    const world = createMemoryWorld({ url: 'memory:', namespace: 'no-tokens' });
    for (const tokens of [[], [{ token: '' }], [{ token: 'a b' }], [{ token: 'é' }]]) {
      expect(() => createWorldHandler(world, { tokens })).toThrow(/^tokens/);
    }
  });
});

describe('namespaces', () => {
  test('a token of one opens no other, whatever the headers, the path and the body say', async () => {
    const { url } = await served({ tokens: TOKENS });
    const created = await call(
      url,
      'events.create',
      { runId: null, event: RUN_CREATED },
      {
        ...bearer('all'),
        'world-namespace': 'b',
      },
    );
    const { run } = created.body.value as { run: { runId: string } };
    const attempts: readonly (string | readonly string[] | undefined)[] = [
      undefined,
      'b',
      'A',
      '%62',
      '%2562',
      'b%00',
      'a%00b',
      'a,b',
      'a, b',
      ['a', 'b'],
      ['b', 'a'],
      '../b',
      'a%2F..%2Fb',
      'a/../b',
      'a;b',
      '%',
      '%ff',
      '%C0%AF',
      'a%0d%0aworld-namespace:%20b',
      'a'.repeat(1025),
    ];
    for (const token of ['of-a', 'reads-a']) {
      for (const namespace of attempts) {
        const headers = {
          ...bearer(token),
          ...(namespace !== undefined && { 'world-namespace': namespace }),
        };
        const { status, body } = await call(url, 'runs.get', { runId: run.runId }, headers);
        expect([400, 403], `${namespace}`).toContain(status);
        expect(body.value).toBeUndefined();
      }
      for (const [path, args] of [
        ['runs.get', { runId: run.runId, namespace: 'b' }],
        ['runs.get', { runId: [run.runId] }],
        ['runs.get', { runId: `../b/${run.runId}` }],
        ['runs.get', { runId: `${run.runId}\0` }],
        ['runs.get', { runId: run.runId }],
        ['runs.get?world-namespace=b', { runId: run.runId }],
        ['..%2Fb%2Fruns.get', { runId: run.runId }],
        ['../b/v1/runs.get', { runId: run.runId }],
        ['events.list', { params: { runId: run.runId, namespace: 'b' } }],
      ] as const) {
        const headers = { ...bearer(token), 'world-namespace': 'a', 'World-Namespace-2': 'b' };
        const { status, body } = await call(url, path, args, headers);
        expect([400, 404], path).toContain(status);
        expect(body.value).toBeUndefined();
      }
    }
  });

  test('one world serves the default namespace only', async () => {
    const world = createMemoryWorld({ url: 'memory:', namespace: 'alone' });
    onTestFinished(() => world.close());
    const handler = createWorldHandler(world);
    const ask = (namespace: string) =>
      handler(
        new Request('http://h/v1/runs.list', {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': 'application/json', 'world-namespace': namespace },
        }),
      );
    expect((await ask('default')).status).toBe(200);
    expect((await ask('alone')).status).toBe(403);
  });
});

test('a read-only token, and any on a read-only server, changes nothing', async () => {
  const writing = await served({ tokens: TOKENS });
  const reading = await served({ tokens: TOKENS, readOnly: true });
  const changes = [
    ['events.create', { runId: null, event: RUN_CREATED }],
    ['events.createBatch', { runId: 'r', events: [RUN_CREATED] }],
    ['events.import', { runId: 'r', events: [] }],
    ['prune', { params: { olderThan: '2030-01-01T00:00:00Z' } }],
    ['deleteNamespace', {}],
  ] as const;
  for (const [url, token] of [
    [writing.url, 'reads-a'],
    [reading.url, 'of-a'],
  ] as const) {
    const headers = { ...bearer(token), 'world-namespace': 'a' };
    for (const [name, args] of changes) {
      const { status, body } = await call(url, name, args, headers);
      expect([status, body.error?.code]).toEqual([403, 'FORBIDDEN']);
    }
    expect((await call(url, 'runs.list', {}, headers)).body.value).toMatchObject({ data: [] });
  }
});

test('a public address without tokens is refused, a loopback address is not', async () => {
  const open = () => createMemoryWorld({ url: 'memory:', namespace: 'bind' });
  for (const host of [
    '0.0.0.0',
    '::',
    '::ffff:0.0.0.0',
    '::ffff:10.0.0.1',
    '',
    '10.0.0.1',
    'h.example',
    '127.1',
    '0',
    '::1%lo',
  ]) {
    await expect(serve(open, { host }), host).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
  for (const host of [
    '127.0.0.1',
    '127.8.9.1',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    'localhost',
  ]) {
    expect(isLoopback(host), host).toBe(true);
  }
  const tokened = await served({ host: '0.0.0.0', tokens: TOKENS });
  const url = tokened.url.replace('0.0.0.0', '127.0.0.1');
  expect((await call(url, 'runs.list', {})).status).toBe(401);
});

test('no browser: pages get no access headers, no preflight, and nothing at all without tokens', async () => {
  const { url } = await served();
  const origin = { origin: 'https://evil.example' };
  const preflight = await send(url, {
    method: 'OPTIONS',
    path: '/v1/events.create',
    headers: { ...origin, 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(405);
  const page = await call(url, 'events.create', { runId: null, event: RUN_CREATED }, origin);
  expect([page.status, page.body.error?.code]).toEqual([403, 'FORBIDDEN']);
  for (const { headers } of [
    preflight,
    page,
    await send(url, { method: 'GET', path: '/health', headers: origin }),
  ]) {
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

test('pipelined requests are answered in order, each by its own token', async () => {
  const { url } = await served({ tokens: TOKENS });
  const one = (id: number, token: string) =>
    `POST /v1/runs.list HTTP/1.1\r\nhost: h\r\nx-request-id: r${id}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
  const tokens = Array.from({ length: 50 }, (_, i) => (i % 3 === 1 ? 'none' : 'all'));
  const text = await sendRaw(
    url,
    [tokens.map((token, i) => one(i, token)).join('')],
    (so) => so.match(/HTTP\/1\.1 /g)?.length === 50 && /r49/.test(so),
  );
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(
    tokens.map((token) => (token === 'all' ? '200' : '401')),
  );
  expect([...text.matchAll(/x-request-id: r(\d+)/gi)].map(([, id]) => Number(id))).toEqual(
    tokens.map((_, i) => i),
  );
});
