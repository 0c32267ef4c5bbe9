import { createWorld as createMemoryWorld } from '@world/memory';
import { type RequestLine, serve } from '@world/remote-http/server';
import { expect, onTestFinished, test } from 'vitest';
import { call, LEAKS, RUN_CREATED, send } from './attack.js';
import { served } from './given.js';

test('/health answers without a token, with the request id that was given, or a new one', async () => {
  const { url } = await served({ tokens: [{ token: 't' }] });
  const ask = (id: string) =>
    send(url, { method: 'GET', path: '/health', headers: { 'x-request-id': id } });
  const given = await ask('id-1');
  expect([given.status, given.body]).toEqual([200, { status: 'ok', wireVersion: 1 }]);
  expect(given.headers['x-request-id']).toBe('id-1');
  expect((await ask('a b<script>')).headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
});

test('the log has a line for each request, and no payload, token or query', async () => {
  const lines: RequestLine[] = [];
  const { url } = await served({
    tokens: [{ token: 'secret-1' }],
    log: (line) => lines.push(line),
  });
  const headers = { authorization: 'Bearer secret-1', 'world-namespace': 'logged' };
  const eventData = { ...RUN_CREATED.eventData, input: 'secret-2' };
  await call(
    url,
    'events.create?secret-3',
    { runId: null, event: { ...RUN_CREATED, eventData } },
    headers,
  );
  await call(url, 'hooks.getByToken', { token: 'secret-4' }, headers);
  await call(url, 'runs.list', {}, { authorization: 'Bearer secret-5' });
  await call(url, 'secret-6', {}, headers);
  expect(lines.map(({ path, status }) => [path, status])).toEqual([
    ['/v1/events.create', 200],
    ['/v1/hooks.getByToken', 404],
    ['/v1/runs.list', 401],
    ['*', 404],
  ]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('of an unexpected error the caller gets the request id, onError all', async () => {
  const errors: [unknown, string][] = [];
  const world = createMemoryWorld({ url: 'memory:', namespace: 'failing' });
  const thrown = new TypeError('secret of /srv/world.js');
  const failing = { ...world, runs: { ...world.runs, get: () => Promise.reject(thrown) } };
  const server = await serve(() => failing, {
    onError: (error, id) => {
      errors.push([error, id]);
      throw new Error('also a listener may fail');
    },
  });
  onTestFinished(() => server.stop());
  const { status, text, headers } = await call(server.url, 'runs.get', { runId: 'r' });
  expect(status).toBe(503);
  expect(text).not.toMatch(/secret|srv/);
  expect(text).not.toMatch(LEAKS);
  expect(text).toContain(headers['x-request-id']);
  expect(errors).toEqual([[thrown, headers['x-request-id']]]);
});
