import type { z } from 'zod';

/**
 * A schema for each field of a type: `satisfies FieldsOf<T>` does not compile when one is missing, unknown, or gives
 * something else. Fields that can only be undefined need none.
 */
export type FieldsOf<T> = {
  readonly [K in keyof T as [T[K]] extends [undefined] ? never : K]-?: z.ZodType<T[K]>;
};
