// What each error code says, to people: when it is thrown, which details come with it, and what to do. Every code stands here.
import { ERRORS } from './contract.mjs';

const MEANINGS = {
  INVALID_ARGUMENT: {
    when: 'an argument is malformed; nothing was looked up or written',
    details: '`field`',
    remedy:
      'Correct what `details.field` names: a path such as `eventData.token` or `events[3].correlationId`. The same call fails again.',
  },
  UNAUTHORIZED: {
    when: 'a remote world does not know the token, or there is none',
    remedy:
      'Give the client a `token`, or `WORKFLOW_WORLD_TOKEN`, that stands in the token file of the server. After the file has changed, the server has to read it again: `kill -HUP`.',
  },
  FORBIDDEN: {
    when: 'a remote world does not let this token do that',
    remedy:
      'Use a token of this namespace, and for writes one that is not `read-only`; or a server that was not started with `--read-only`.',
  },
  RUN_NOT_FOUND: {
    when: 'no run of this id',
    details: '`runId`',
    remedy:
      'Look whether URL and namespace are those that the run was made in: a run of another namespace is not seen. It may have been pruned. To create it with `run_started`, give that event the whole input.',
  },
  STEP_NOT_FOUND: {
    when: 'no step of this id',
    details: '`stepId` from a read',
    remedy:
      'Append `step_created` first. A correlation id belongs to one run: look at the run id, too.',
  },
  HOOK_NOT_FOUND: {
    when: 'no live hook of this id or token: never created, disposed, or its run has ended',
    details: '`token`; `hookId` from a read',
    remedy:
      'A signal that comes too early may be sent again when the hook is there; one that comes too late has nobody to take it, and its sender should be told so.',
  },
  WAIT_NOT_FOUND: {
    when: 'no wait of this id',
    details: '`waitId` from a read',
    remedy: 'Append `wait_created` first. Waits of an ended run are closed and not shown.',
  },
  EVENT_NOT_FOUND: {
    when: 'no event of this id in the run',
    details: '`eventId`',
    remedy: 'Take the id from a list of the same run. Events go only with their whole run.',
  },
  RUN_EXISTS: {
    when: '`run_created` for a run that is there already',
    remedy:
      'If this is a repetition after a lost answer, go on with the run that is there. An `idempotencyKey` gives the first outcome again instead of this error. Otherwise take another id.',
  },
  RUN_TERMINAL: {
    when: 'the run has ended; it takes no such event',
    remedy: 'Stop working on the run. Read it to learn how it ended.',
  },
  STEP_EXISTS: {
    when: 'the step id is taken in this run',
    details: '`stepName` and `inputDigest` of the stored step',
    remedy:
      'Compare `stepName`, and `inputDigest` with `payloadDigest(input)`. The same: somebody else has created your step, go on with it. Not the same: two replays have made different decisions; replay on the newest log, and fence the next write.',
  },
  STEP_TERMINAL: {
    when: 'the step has completed or failed already',
    remedy: 'Drop this result: another delivery of the step was first. Its outcome is in the log.',
  },
  HOOK_EXISTS: {
    when: 'the hook id is taken in this run, also by a disposed or conflicted hook',
    remedy: 'Repetition: go on with the hook that is there. A new hook of the run needs a new id.',
  },
  TOKEN_HELD: {
    when: 'an import would claim a token that another live hook holds',
    details: '`conflictingRunId`',
    remedy:
      'Let the run that `conflictingRunId` names dispose of its hook or end, then import again; or import into another namespace.',
  },
  WAIT_EXISTS: {
    when: 'the wait id is taken in this run',
    remedy: 'Repetition: go on with the wait that is there. A new wait of the run needs a new id.',
  },
  WAIT_COMPLETED: {
    when: 'the wait is completed already',
    remedy:
      'Go on: the wait is over, as was meant. It is a 409, as `FENCE_CONFLICT` is, but needs no replay; tell them apart by the code.',
  },
  LOG_DIVERGED: {
    when: 'an imported log is not the one that is stored',
    details: '`seq`',
    remedy:
      'Compare the two logs at position `seq`. One world has gone on by itself, or events were left out. Decide which log counts; the other one can only be removed with its whole run.',
  },
  STREAM_CLOSED: {
    when: 'the stream has ended; it takes no more chunks',
    details: '`name`',
    remedy: 'Write to another stream. After a lost answer, numbered writes tell what was written.',
  },
  FENCE_CONFLICT: {
    when: 'the log has moved on since the fence',
    details: '`lastKnownEventId`, `tailEventId`, `events`, `hasMore`',
    remedy:
      'Nothing was written. Add `details.events` to what you know, read the rest where `hasMore` says so, replay, decide anew, and commit on the new tail. Never send the old decision with the new tail. [Fences](fences.md) shows how.',
  },
  RUN_EXPIRED: {
    when: 'the run has ended; nothing new may start on it',
    remedy: 'Take the message as done. Stock clients do so by themselves.',
  },
  STREAM_REMOVED: {
    when: 'the stream was removed while it was read',
    details: '`name`',
    remedy:
      'Treat it as a stream that was cut, not as one that has ended: its run was pruned, or its namespace removed.',
  },
  PRECONDITION_FAILED: {
    when: 'an outcome newer than `stateUpdatedAt` was committed',
    remedy: 'Read the log, replay, decide anew. Stock clients do so by themselves.',
  },
  TOO_EARLY: {
    when: "the step's `retryAfter` lies ahead",
    details: '`retryAfter`, seconds',
    remedy: 'Send the same event after `retryAfter` seconds.',
  },
  THROTTLED: {
    when: 'the backend asks for fewer calls',
    details: '`retryAfter`, seconds',
    remedy:
      'Send the same call after `retryAfter` seconds, and fewer at a time. If it lasts, raise the limit that the message names.',
  },
  STORE_INCOMPATIBLE: {
    when: 'the store cannot be used as it is; a person has to act',
    remedy:
      'The message says what was found and what to do: another file or server, other rights, or a newer version of the package. The README of the world lists the cases.',
  },
  NOT_SUPPORTED: {
    when: 'the world lacks this capability',
    details: '`capability`, `method`',
    remedy: 'Ask `world.capabilities` first, or take a world that has it.',
  },
  STORE_UNAVAILABLE: {
    when: 'the store does not answer now',
    remedy:
      'Send the same call later, with pauses that grow. Whether an append was committed is not known: give it an `idempotencyKey`, and it is in the log once however often it is sent.',
  },
  WORLD_CLOSED: {
    when: '`close()` was called',
    remedy: 'Make another world with `createWorld`, or stop: usually the process is about to end.',
  },
};

/** Every code with its facts and its meaning, in the order of the contract. */
export function tellErrors() {
  const unknown = Object.keys(MEANINGS).filter((code) => !(code in ERRORS));
  if (unknown.length > 0) throw new Error(`no such error code: ${unknown.join(', ')}`);
  return Object.entries(ERRORS).map(([code, facts]) => {
    const meaning = MEANINGS[code];
    if (meaning === undefined) {
      throw new Error(`scripts/docs/error-meanings.mjs does not tell ${code}`);
    }
    return { code, ...facts, ...meaning };
  });
}
