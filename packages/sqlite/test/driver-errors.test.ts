import { ERRORS, worldError } from '@world/contract';
import { describe, expect, test } from 'vitest';
import { isBusy, mapDriverError } from '../src/driver-errors.js';

/** An error as the driver throws it: https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md */
const driverError = (code: string): Error => Object.assign(new Error(`driver: ${code}`), { code });

describe('errors of the driver', () => {
  test.each([
    ['SQLITE_BUSY', 'STORE_UNAVAILABLE'],
    ['SQLITE_BUSY_SNAPSHOT', 'STORE_UNAVAILABLE'],
    ['SQLITE_LOCKED', 'STORE_UNAVAILABLE'],
    ['SQLITE_FULL', 'STORE_UNAVAILABLE'],
    ['SQLITE_IOERR_FSYNC', 'STORE_UNAVAILABLE'],
    ['SQLITE_CANTOPEN', 'STORE_UNAVAILABLE'],
    ['SQLITE_NOTADB', 'STORE_INCOMPATIBLE'],
    ['SQLITE_CORRUPT_VTAB', 'STORE_INCOMPATIBLE'],
    ['SQLITE_READONLY_DBMOVED', 'STORE_INCOMPATIBLE'],
    ['ERR_DLOPEN_FAILED', 'STORE_INCOMPATIBLE'],
  ] as const)('%s is %s, in one line that says what to do', (driverCode, code) => {
    const cause = driverError(driverCode);
    const error = mapDriverError(cause, '/tmp/world.db');
    expect(error).toMatchObject({
      code,
      status: ERRORS[code].status,
      cause,
      details: { path: '/tmp/world.db', driverCode },
      message: expect.stringMatching(/^\/tmp\/world\.db: [^\n]+; [^\n]+$/),
    });
  });

  test('a driver that was never built is STORE_INCOMPATIBLE, in one line', () => {
    const tries = ['/app/build/Release/better_sqlite3.node'];
    const cause = Object.assign(new Error(`Tried:\n${tries.join('\n')}`), { tries });
    expect(mapDriverError(cause, '/tmp/world.db')).toMatchObject({
      code: 'STORE_INCOMPATIBLE',
      cause,
      message: expect.stringMatching(
        /^\/tmp\/world\.db: [^\n]+; run: npm rebuild better-sqlite3 [^\n]+$/,
      ),
    });
  });

  test('errors of the contract, and bugs, stay what they are', () => {
    const ours = worldError('RUN_NOT_FOUND', 'x');
    const bug = new TypeError('x is not a function');
    const constraint = driverError('SQLITE_CONSTRAINT_PRIMARYKEY');
    for (const error of [ours, bug, constraint, 'text']) {
      expect(mapDriverError(error, 'x')).toBe(error);
    }
  });

  test('only a busy file is worth another try', () => {
    expect(isBusy(driverError('SQLITE_BUSY'))).toBe(true);
    expect(isBusy(driverError('SQLITE_FULL'))).toBe(false);
    expect(isBusy(new Error('x'))).toBe(false);
  });
});
