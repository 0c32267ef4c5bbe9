import type { z } from 'zod';
import { invalidArgument } from './errors.js';

/** Checks a value of a caller; `INVALID_ARGUMENT` names the first field that is wrong. */
export function parseArgument<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = (issue?.path ?? []).map(String);
  const at = [field, ...path].filter(Boolean).join('.') || 'params';
  throw invalidArgument(at, issue?.message ?? 'is invalid');
}
