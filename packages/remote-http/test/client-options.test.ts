import { WorldError } from '@world/contract';
import { createWorld, type RemoteWorldOptions } from '@world/remote-http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { newRun, openWorld, served } from './given.js';
import { refusalOf } from './refusal-of.js';

const url = 'http://127.0.0.1:1';
const SECRET = 'tok-s3cret';

const refusalOfOptions = (options: object): WorldError => {
  try {
    createWorld(options as RemoteWorldOptions);
  } catch (error) {
    if (WorldError.is(error)) return error;
  }
  throw new Error('not refused');
};

afterEach(() => vi.unstubAllEnvs());

describe('options', () => {
  test.for<[object, string]>([
    [{ url: 7 }, 'url'],
    [{ url: 'localhost:8787' }, 'url'],
    [{ url: 'ftp://host' }, 'url'],
    [{ url: '' }, 'url'],
    [{ url: `http://user:${SECRET}@host` }, 'url'],
    [{ url: `http://host/?token=${SECRET}` }, 'url'],
    [{ url, namespace: '' }, 'namespace'],
    [{ url, namespace: 7 }, 'namespace'],
    [{ url, token: 7 }, 'token'],
    [{ url, token: `${SECRET}\nx` }, 'token'],
    [{ url, token: `${SECRET}ü` }, 'token'],
    [{ url, token: `a ${SECRET}` }, 'token'],
    [{ url, timeoutMs: 0 }, 'timeoutMs'],
    [{ url, timeoutMs: -1 }, 'timeoutMs'],
    [{ url, timeoutMs: Number.NaN }, 'timeoutMs'],
    [{ url, timeoutMs: 2 ** 31 }, 'timeoutMs'],
    [{ url, timeoutMs: '5' }, 'timeoutMs'],
    [{ url, retries: -1 }, 'retries'],
    [{ url, retries: 1.5 }, 'retries'],
    [{ url, live: 'push' }, 'live'],
    [{ url, fetch: 'fetch' }, 'fetch'],
    [{ url, payloadLimitBytes: -1 }, 'options.payloadLimitBytes'],
    [{ url, missedLimit: 0 }, 'options.missedLimit'],
  ])('%o are refused, and no secret is shown', ([options, field]) => {
    const error = refusalOfOptions(options);
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.details.field).toBe(field);
    expect(error.message).not.toContain(SECRET);
  });

  test('without a URL one is asked for', () => {
    vi.stubEnv('WORKFLOW_WORLD_URL', undefined);
    expect(refusalOfOptions({}).details.field).toBe('url');
  });

  test('URL and token come from WORKFLOW_WORLD_URL and WORKFLOW_WORLD_TOKEN', async () => {
    const server = await served({ tokens: [{ token: SECRET }] });
    vi.stubEnv('WORKFLOW_WORLD_URL', server.url);
    const code = (await refusalOf(openWorld({}).runs.list())).code;
    expect(code).toBe('UNAUTHORIZED');
    vi.stubEnv('WORKFLOW_WORLD_TOKEN', SECRET);
    await newRun(openWorld({}));
  });

  test('requests go through `fetch`, behind the path of the URL', async () => {
    const seen: string[] = [];
    const send: typeof fetch = async (input) => {
      seen.push(String(input));
      throw new TypeError('no network');
    };
    const world = openWorld({ url: 'https://host/worlds/', fetch: send, retries: 0 });
    const error = await refusalOf(world.runs.list());
    expect(seen).toEqual(['https://host/worlds/v1/runs.list']);
    expect(error.message).toBe('https://host/worlds: the connection broke (no network)');
  });
});
