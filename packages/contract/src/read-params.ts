import type { ResolveData } from './create-event-params.js';
import { ReadParamsSchema } from './param-schemas.js';
import { parseArgument } from './parse.js';
import { KeySchema } from './values.js';

/** Checks that all reads share. */

/** Ids are checked before they become keys, file names or SQL parameters. */
export function assertKeys(keys: Readonly<Record<string, unknown>>): void {
  for (const [field, key] of Object.entries(keys)) parseArgument(KeySchema, key, field);
}

/** `resolveData` of a read; params may be left out. */
export const resolveDataOf = (params: unknown): ResolveData =>
  parseArgument(ReadParamsSchema, params ?? {}, '').resolveData ?? 'all';
