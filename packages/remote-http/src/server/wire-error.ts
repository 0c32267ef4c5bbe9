import { WorldError } from '@world/contract';
import type { WireError } from '../transport.js';
import { internalError, RequestError } from './read-body.js';

/** An error as it travels: no stack, no cause, no path. */
export function wireErrorOf(error: unknown, requestId: string): WireError {
  if (error instanceof RequestError) {
    return { ...wireErrorOf(error.error, requestId), status: error.status };
  }
  const known = WorldError.is(error) ? error : internalError(requestId);
  const { code, name, message, status, details } = known;
  return { code, name, message, status, details };
}
