/** One line per request: what was asked and how it ended, never what was in it. */
export interface RequestLine {
  readonly time: string;
  readonly requestId: string;
  readonly method: string;
  /** Without the query; `*` for a path that is no route, whatever stands in it. */
  readonly path: string;
  readonly namespace?: string;
  readonly status: number;
  /** Code of the error, when there was one. */
  readonly code?: string;
  /** Until the answer began. */
  readonly ms: number;
}

/** The path of no route. */
export const NO_ROUTE = '*';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The id that a client has given, when it is one; else a new one. */
export const requestIdOf = (given: string | null | undefined): string =>
  given !== null && given !== undefined && REQUEST_ID.test(given) ? given : crypto.randomUUID();
