// The table of errors: facts from the contract, meaning and details from here. Every code must have both.
import { ERRORS } from './contract.mjs';

/** What a code says, and the fields of `details` that come with it. */
const MEANINGS = {
  INVALID_ARGUMENT: ['an argument is malformed; nothing was looked up or written', '`field`'],
  UNAUTHORIZED: ['a remote world does not know the token, or there is none', ''],
  FORBIDDEN: ['a remote world does not let this token do that', ''],
  RUN_NOT_FOUND: ['no run of this id', '`runId`'],
  STEP_NOT_FOUND: ['no step of this id', '`stepId` from a read'],
  HOOK_NOT_FOUND: [
    'no live hook of this id or token: never created, disposed, or its run has ended',
    '`token`; `hookId` from a read',
  ],
  WAIT_NOT_FOUND: ['no wait of this id', '`waitId` from a read'],
  EVENT_NOT_FOUND: ['no event of this id in the run', '`eventId`'],
  RUN_EXISTS: ['`run_created` for a run that is there already', ''],
  RUN_TERMINAL: ['the run has ended; it takes no such event', ''],
  STEP_EXISTS: [
    'the step id is taken in this run',
    '`stepName` and `inputDigest` of the stored step',
  ],
  STEP_TERMINAL: ['the step has completed or failed already', ''],
  HOOK_EXISTS: ['the hook id is taken in this run, also by a disposed or conflicted hook', ''],
  TOKEN_HELD: ['an import would claim a token that another live hook holds', '`conflictingRunId`'],
  WAIT_EXISTS: ['the wait id is taken in this run', ''],
  WAIT_COMPLETED: ['the wait is completed already', ''],
  LOG_DIVERGED: ['an imported log is not the one that is stored', '`seq`'],
  STREAM_CLOSED: ['the stream has ended; it takes no more chunks', '`name`'],
  FENCE_CONFLICT: [
    'the log has moved on since the fence',
    '`lastKnownEventId`, `tailEventId`, `events`, `hasMore`',
  ],
  RUN_EXPIRED: ['the run has ended; nothing new may start on it', ''],
  STREAM_REMOVED: ['the stream was removed while it was read', '`name`'],
  PRECONDITION_FAILED: ['an outcome newer than `stateUpdatedAt` was committed', ''],
  TOO_EARLY: ["the step's `retryAfter` lies ahead", '`retryAfter`, seconds'],
  THROTTLED: ['the backend asks for fewer calls', '`retryAfter`, seconds'],
  STORE_INCOMPATIBLE: ['the store cannot be used as it is; a person has to act', ''],
  NOT_SUPPORTED: ['the world lacks this capability', '`capability`, `method`'],
  STORE_UNAVAILABLE: ['the store does not answer now', ''],
  WORLD_CLOSED: ['`close()` was called', ''],
};

export function errorTable() {
  const unknown = Object.keys(MEANINGS).filter((code) => !(code in ERRORS));
  if (unknown.length > 0) throw new Error(`no such error code: ${unknown.join(', ')}`);
  const rows = Object.entries(ERRORS).map(([code, { name, status, retryable }]) => {
    const meaning = MEANINGS[code];
    if (meaning === undefined)
      throw new Error(`scripts/docs/error-table.mjs does not tell ${code}`);
    const [when, details] = meaning;
    const cells = [
      `\`${code}\``,
      `\`${name}\``,
      status,
      retryable ? 'yes' : 'no',
      when,
      details || '–',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| code | name | status | retryable | when | details |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
