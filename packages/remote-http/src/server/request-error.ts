import { invalidArgument, type WorldError } from '@world/contract';

/** An error with another HTTP status than its code has, or with headers that belong to it. */
export class RequestError extends Error {
  readonly error: WorldError;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, error: WorldError, headers: Readonly<Record<string, string>> = {}) {
    super(error.message);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

/** INVALID_ARGUMENT with a status of its own. */
export const refuse = (
  status: number,
  field: string,
  problem: string,
  headers?: Readonly<Record<string, string>>,
): RequestError => new RequestError(status, invalidArgument(field, problem), headers);
