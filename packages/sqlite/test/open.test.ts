import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRunId, type ErrorCode, WorldError } from '@world/contract';
import { createWorld, type SqliteWorldOptions } from '@world/sqlite';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../src/open-database.js';
import { temporaryPath } from './folder.js';

const createdRun = {
  eventType: 'run_created' as const,
  eventData: { deploymentId: 'deployment', workflowName: 'flow', input: 'input' },
};

function open(path: string, options: SqliteWorldOptions = {}) {
  const world = createWorld({ url: `sqlite:${path}`, ...options });
  onTestFinished(() => world.close());
  return world;
}

async function refusal(path: string): Promise<WorldError> {
  const error: unknown = await open(path)
    .runs.list()
    .catch((reason: unknown) => reason);
  if (!WorldError.is(error)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

async function expectUntouched(path: string, code: ErrorCode, message: RegExp): Promise<void> {
  const before = { bytes: readFileSync(path), mtimeMs: statSync(path).mtimeMs };
  const error = await refusal(path);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('\n');
  expect({ bytes: readFileSync(path), mtimeMs: statSync(path).mtimeMs }).toEqual(before);
  expect(existsSync(`${path}-wal`)).toBe(false);
}

describe('opening', () => {
  test('making a world does no I/O: the file comes with the first call', async () => {
    const path = temporaryPath();
    const world = open(path);
    expect(existsSync(path)).toBe(false);
    await world.runs.list();
    expect(existsSync(path)).toBe(true);
  });

  test('a file that is no database is refused and untouched', async () => {
    const path = temporaryPath();
    writeFileSync(path, 'shopping list\n'.repeat(1000));
    await expectUntouched(path, 'STORE_INCOMPATIBLE', /no SQLite database; name another file/);
  });

  test('a database of another application is refused and untouched', async () => {
    const path = temporaryPath();
    const database = new Database(path);
    database.exec('CREATE TABLE customers (id INTEGER PRIMARY KEY)');
    database.close();
    await expectUntouched(path, 'STORE_INCOMPATIBLE', /belongs to another application/);
  });

  test('a file of a newer version is refused and untouched', async () => {
    const path = temporaryPath();
    await open(path).close();
    const first = createWorld({ url: `sqlite:${path}` });
    await first.runs.list();
    await first.close();
    const database = new Database(path);
    database.pragma('journal_mode = DELETE');
    database.pragma('user_version = 99');
    database.close();
    await expectUntouched(
      path,
      'STORE_INCOMPATIBLE',
      /schema version 99, .* update @world\/sqlite/,
    );
  });

  test('a read-only file is refused and untouched, to root too', async () => {
    const path = temporaryPath();
    const first = createWorld({ url: `sqlite:${path}` });
    await first.runs.list();
    await first.close();
    chmodSync(path, 0o444);
    await expectUntouched(path, 'STORE_INCOMPATIBLE', /read-only; make it writable/);
  });

  test('a damaged file is refused', async () => {
    const path = temporaryPath();
    const first = createWorld({ url: `sqlite:${path}` });
    await first.runs.list();
    await first.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 100, 4096);
    writeFileSync(path, bytes);
    expect(await refusal(path)).toMatchObject({ code: 'STORE_INCOMPATIBLE' });
  });

  test('a file that another process migrates meanwhile is no foreign file', async () => {
    const path = temporaryPath();
    const options = { path, durability: 'full', busyTimeoutMs: 20 } as const;
    const { pragma } = Database.prototype;
    let raced = false;
    const spy = vi.spyOn(Database.prototype, 'pragma').mockImplementation(function (
      this: Database.Database,
      source,
      simple,
    ) {
      const answer: unknown = pragma.call(this, source, simple);
      if (source !== 'application_id') return answer;
      spy.mockRestore();
      raced = true;
      // Commits before the first one reads on, or finds the file busy.
      expect(() => openDatabase(options).close()).not.toThrow(/another application/);
      return answer;
    });
    expect(() => openDatabase(options).close()).not.toThrow();
    expect(raced).toBe(true);
  });

  test('a folder, and a file in a folder that does not exist', async () => {
    const path = temporaryPath();
    expect(await refusal(`${path}/none/world.db`)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('does not exist; create it'),
    });
    mkdirSync(path);
    expect(await refusal(path)).toMatchObject({ code: 'STORE_INCOMPATIBLE' });
  });

  test.each([
    'sqlite:',
    'sqlite::memory:',
    'sqlite://host/world.db',
    'redis://localhost',
    'world.db',
    '',
    7,
  ])('the URL %s is INVALID_ARGUMENT', (url) => {
    let error: unknown;
    try {
      createWorld({ url: url as string });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', details: { field: 'url' } });
  });

  test.each([
    { namespace: '' },
    { durability: 'none' },
    { busyTimeoutMs: -1 },
    { payloadLimitBytes: 0 },
  ])('the options %o are INVALID_ARGUMENT', (options) => {
    expect(() => createWorld({ url: 'sqlite:x.db', ...(options as object) })).toThrowError(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  test('WORKFLOW_WORLD_URL names the file when no URL is given', async () => {
    const path = temporaryPath();
    process.env.WORKFLOW_WORLD_URL = `sqlite:${path}`;
    onTestFinished(() => {
      delete process.env.WORKFLOW_WORLD_URL;
    });
    const world = createWorld();
    await world.runs.list();
    await world.close();
    expect(existsSync(path)).toBe(true);
  });
});

describe('durability', () => {
  test.each([
    ['full', true],
    ['relaxed', false],
  ] as const)('%s: the capability says what survives a power loss', (durability, durable) => {
    expect(open(temporaryPath(), { durability }).capabilities.durable).toBe(durable);
  });

  test.each([
    ['full', 2],
    ['relaxed', 1],
  ] as const)('%s: synchronous is %i, on the connection that writes', async (durability, mode) => {
    const pragma = vi.spyOn(Database.prototype, 'pragma');
    onTestFinished(() => pragma.mockRestore());
    await open(temporaryPath(), { durability }).runs.list();
    const [database] = pragma.mock.contexts as Database.Database[];
    expect(database?.pragma('synchronous', { simple: true })).toBe(mode);
  });

  test('the file is in WAL mode, and outlives its world', async () => {
    const path = temporaryPath();
    const runId = createRunId();
    const world = createWorld({ url: `sqlite:${path}` });
    await world.events.create(runId, createdRun);
    await world.close();
    const database = new Database(path);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
    expect((await open(path).runs.get(runId)).status).toBe('pending');
  });
});

describe('a file that is gone while it is open', () => {
  test('is told before anything is acknowledged that would be lost', async () => {
    const path = temporaryPath();
    const world = open(path);
    await world.events.create(null, createdRun);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file);
    await expect(world.events.create(null, createdRun)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('removed or replaced while it was open'),
    });
    const another = open(path);
    await another.events.create(null, createdRun);
    await expect(world.events.create(null, createdRun)).rejects.toThrow('removed or replaced');
    expect((await another.runs.list()).data).toHaveLength(1);
  });
});

describe('a file that another process holds locked', () => {
  test('every write waits for it, and goes through when it is free', async () => {
    const path = temporaryPath();
    const world = open(path);
    await world.runs.list();
    const other = new Database(path);
    other.prepare('BEGIN IMMEDIATE').run();
    const runId = createRunId();
    const waiting = Promise.all([
      world.events.create(runId, createdRun),
      world.prune({ olderThan: new Date() }),
    ]);
    // Longer than SQLite itself waits, so that the queue has to.
    await new Promise((resolve) => setTimeout(resolve, 50));
    other.prepare('COMMIT').run();
    other.close();
    await waiting;
    expect((await world.runs.get(runId)).runId).toBe(runId);
  });

  test('after busyTimeoutMs the write is STORE_UNAVAILABLE, and nothing is written', async () => {
    const path = temporaryPath();
    const world = open(path, { busyTimeoutMs: 20 });
    await world.runs.list();
    const other = new Database(path);
    other.prepare('BEGIN IMMEDIATE').run();
    await expect(world.events.create(null, createdRun)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('busyTimeoutMs'),
    });
    other.prepare('ROLLBACK').run();
    other.close();
    expect((await world.runs.list()).data).toEqual([]);
    await world.events.create(null, createdRun);
  });

  test('the wait is of busyTimeoutMs also when the clock is set back meanwhile', async () => {
    const path = temporaryPath();
    const world = open(path, { busyTimeoutMs: 20 });
    await world.runs.list();
    const other = new Database(path);
    other.prepare('BEGIN IMMEDIATE').run();
    let now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
      now -= 60_000;
      return now;
    });
    onTestFinished(() => clock.mockRestore());
    const append = world.events.create(createRunId(), createdRun);
    await expect(append).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    other.close();
  });
});
