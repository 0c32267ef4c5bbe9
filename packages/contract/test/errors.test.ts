import {
  EntityConflictError as StockConflict,
  HookNotFoundError as StockHookNotFound,
  PreconditionFailedError as StockPreconditionFailed,
  RunExpiredError as StockRunExpired,
  WorkflowRunNotFoundError as StockRunNotFound,
  ThrottleError as StockThrottle,
  TooEarlyError as StockTooEarly,
  WorkflowWorldError as StockWorldError,
} from '@workflow/errors';
import {
  EntityConflictError,
  ERRORS,
  type ErrorCode,
  FenceConflictError,
  hasCode,
  WorldError,
  worldError,
} from '@world/contract';
import { describe, expect, expectTypeOf, test } from 'vitest';

const codes = Object.keys(ERRORS) as ErrorCode[];

const stockByName = {
  EntityConflictError: StockConflict,
  HookNotFoundError: StockHookNotFound,
  PreconditionFailedError: StockPreconditionFailed,
  RunExpiredError: StockRunExpired,
  ThrottleError: StockThrottle,
  TooEarlyError: StockTooEarly,
  WorkflowRunNotFoundError: StockRunNotFound,
  WorkflowWorldError: StockWorldError,
};

describe('errors', () => {
  test.each(codes)('%s has the name, status and class of its row', (code) => {
    const error = worldError(code, 'message', { details: { retryAfter: 3 } });
    expect(error).toMatchObject({ code, name: ERRORS[code].name, status: ERRORS[code].status });
    expect(error.retryAfter).toBe(3);
    expect(WorldError.is(error)).toBe(true);
    expect(WorldError.is(error, code)).toBe(true);
    expect(codes.filter((other) => WorldError.is(error, other))).toEqual([code]);
  });

  test.each(codes.filter((code) => ERRORS[code].name in stockByName))(
    'a stock client recognises %s by its name, and no other class claims it',
    (code) => {
      const error = worldError(code, 'message');
      const claiming = Object.entries(stockByName).filter(([, stock]) => stock.is(error));
      expect(claiming.map(([name]) => name)).toEqual([ERRORS[code].name]);
    },
  );

  test('no stock class claims a fence conflict: clients read a 409 as "done already"', () => {
    const error = worldError('FENCE_CONFLICT', 'message');
    expect(Object.values(stockByName).some((stock) => stock.is(error))).toBe(false);
    expect(FenceConflictError.is(error)).toBe(true);
    expect(EntityConflictError.is(error)).toBe(false);
  });

  test('is() holds for an error of another copy of the package', async () => {
    const url = new URL('../dist/errors.js?copy', import.meta.url).href;
    const copy = (await import(url)) as typeof import('@world/contract');
    const error = copy.worldError('WAIT_COMPLETED', 'message');
    expect(error).not.toBeInstanceOf(WorldError);
    expect(WorldError.is(error, 'WAIT_COMPLETED')).toBe(true);
    expect(EntityConflictError.is(error)).toBe(true);
  });

  test('what is no error of a world is none', () => {
    for (const value of [undefined, null, 'x', {}, new Error('x'), { code: 'FENCE_CONFLICT' }]) {
      expect(WorldError.is(value)).toBe(false);
    }
  });

  test('hasCode types the details of a code', () => {
    const error: unknown = worldError('STEP_EXISTS', 'message', { details: { stepName: 'a' } });
    expect(hasCode(error, 'RUN_EXISTS')).toBe(false);
    if (!hasCode(error, 'STEP_EXISTS')) throw new Error('not recognised');
    expectTypeOf(error.details.stepName).toEqualTypeOf<string>();
    expectTypeOf(error.code).toEqualTypeOf<'STEP_EXISTS'>();
    expect(error.details.stepName).toBe('a');
  });
});
