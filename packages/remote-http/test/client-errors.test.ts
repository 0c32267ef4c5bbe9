import type { RequestListener } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { answering } from './answering.js';
import { openWorld, served } from './given.js';
import { refusalOf } from './refusal-of.js';

const SECRET = 'tok-s3cret';

const answer =
  (status: number, headers: Record<string, string>, body: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end(body);
  };

const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/json' };

describe('what answers', () => {
  test.for<[string, RequestListener, string, RegExp]>([
    [
      'a web site',
      answer(200, html, '<h1>Hi</h1>'),
      'STORE_INCOMPATIBLE',
      /no server of worlds \(HTTP 200\); check the URL/,
    ],
    ['a web site without the page', answer(404, html, 'no'), 'STORE_INCOMPATIBLE', /HTTP 404/],
    ['another API', answer(200, json, '{}'), 'STORE_INCOMPATIBLE', /no server of worlds/],
    [
      'a redirect',
      answer(302, { location: 'http://127.0.0.1:1/' }, ''),
      'STORE_INCOMPATIBLE',
      /HTTP 302/,
    ],
    [
      'a proxy whose server is down',
      answer(502, html, 'bad gateway'),
      'STORE_UNAVAILABLE',
      /HTTP 502/,
    ],
    [
      'a server of wire version 2',
      answer(200, { ...json, 'world-wire-version': '2' }, '{"value":1}'),
      'STORE_INCOMPATIBLE',
      /speaks wire version 2, this client 1; update @world\/remote-http on the older side/,
    ],
    [
      'nonsense',
      answer(200, { 'content-type': 'application/cbor', 'world-wire-version': '1' }, '\xff'),
      'STORE_UNAVAILABLE',
      /broke/,
    ],
    [
      'a server that stops amid its answer',
      (_, response) => {
        response
          .writeHead(200, { ...json, 'world-wire-version': '1', 'content-length': '99' })
          .write('{');
        response.socket?.destroySoon();
      },
      'STORE_UNAVAILABLE',
      /broke.*tried 2 times/,
    ],
    ['nothing in time', () => {}, 'STORE_UNAVAILABLE', /no answer within 200 ms, tried 2 times/],
  ])('%s is told in one line, without the token', async ([, listener, code, message]) => {
    const { url } = await answering(listener);
    const world = openWorld({ url, token: SECRET, retries: 1, timeoutMs: 200 });
    const error = await refusalOf(world.runs.list());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
  });

  test('no server at all is STORE_UNAVAILABLE, after a few attempts', async () => {
    const { url, server } = await answering(() => {});
    server.close();
    const error = await refusalOf(openWorld({ url, retries: 2 }).runs.list());
    expect(error.code).toBe('STORE_UNAVAILABLE');
    expect(error.message).toBe(`${url}: cannot be reached (ECONNREFUSED), tried 3 times`);
  });

  test('a `fetch` that shows the token in its errors is not believed', async () => {
    const send: typeof fetch = async (_, init) => {
      throw new TypeError(`no: ${JSON.stringify(init?.headers)}`);
    };
    const world = openWorld({ url: 'http://127.0.0.1:1', token: SECRET, fetch: send, retries: 0 });
    const error = await refusalOf(world.runs.list());
    expect(error.message).toBe('http://127.0.0.1:1: the call has failed');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
  });

  test('a token that the server does not know is UNAUTHORIZED, and asked once', async () => {
    const paths: string[] = [];
    const { url } = await served({
      tokens: [{ token: 'good' }],
      log: ({ path }) => paths.push(path),
    });
    const error = await refusalOf(openWorld({ url, token: SECRET }).runs.list());
    expect(error.code).toBe('UNAUTHORIZED');
    expect(paths).toEqual(['/v1/runs.list']);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
    await openWorld({ url, token: 'good' }).runs.list();
  });
});

test('a server that comes back is waited for', async () => {
  let asked = 0;
  const { url } = await answering((_, response) => {
    asked += 1;
    if (asked < 3) response.writeHead(503).end();
    else response.writeHead(200, { ...json, 'world-wire-version': '1' }).end('{"value":[]}');
  });
  expect(await openWorld({ url }).runs.list()).toEqual([]);
});
