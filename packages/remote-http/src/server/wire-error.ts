import { WorldError, worldError } from '@world/contract';
import type { WireError } from '../read-answer.js';
import { RequestError } from './request-error.js';

/** An error as it travels, and what belongs beside it. */
export interface ToldError {
  readonly wire: WireError;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether more is known here than is told: for whoever runs the server. */
  readonly isHidden: boolean;
}

/** Their messages and details name files and hosts: of no use to a caller, and not for everybody. */
const OF_THE_STORE: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'STORE_INCOMPATIBLE']);

/** What a caller learns of an error: no stack, no cause, nothing about the store behind the server. */
export function tellError(error: unknown, requestId: string): ToldError {
  if (error instanceof RequestError) {
    const { code, name, message, details } = error.error;
    const wire = { code, name, message, status: error.status, details };
    return { wire, headers: error.headers, isHidden: false };
  }
  if (!WorldError.is(error)) {
    const failed = `the server has failed; its log has more, by request id ${requestId}`;
    return hidden(worldError('STORE_UNAVAILABLE', failed));
  }
  if (OF_THE_STORE.has(error.code)) {
    const problem = `the store behind the server cannot be used; its log has more, by request id ${requestId}`;
    const { retryAfter } = error;
    const details = retryAfter === undefined ? {} : { retryAfter };
    return hidden(worldError(error.code, problem, { details }));
  }
  return { wire: wireOf(error), headers: headersOf(error), isHidden: false };
}

const hidden = (error: WorldError): ToldError => ({
  wire: wireOf(error),
  headers: headersOf(error),
  isHidden: true,
});

const wireOf = ({ code, name, message, status, details }: WorldError): WireError => ({
  code,
  name,
  message,
  status,
  details,
});

const headersOf = ({ code, retryAfter }: WorldError): Readonly<Record<string, string>> => ({
  ...(code === 'UNAUTHORIZED' && { 'www-authenticate': 'Bearer' }),
  ...(retryAfter !== undefined && { 'retry-after': `${Math.max(0, Math.ceil(retryAfter))}` }),
});
