import type { Command } from './command.js';
import { type ErrorCode, type ErrorDetails, type WorldError, worldError } from './errors.js';
import { jsonText } from './json-text.js';
import { eventDataOf, presentEvent } from './present.js';
import type { Append, EventRecord, Refused } from './store.js';

/** Turns a store's refusal into the error that callers see. The wording of every refusal stands here. */

interface Refusal {
  readonly append: Append;
  readonly refused: Refused;
  readonly command: Command | undefined;
}

const subject = ({ command, append }: Refusal): string =>
  command?.entity === undefined
    ? `run ${append.runId}`
    : `${command.entity.kind} ${command.entity.id} of run ${append.runId}`;

const statusOf = ({ refused, command }: Refusal): string =>
  (command?.entity === undefined ? refused.run : refused.entity)?.state.status ?? 'unknown';

const secondsLeft = ({ refused }: Refusal): number => {
  const retryAfterMs = Number(refused.entity?.state.retryAfter ?? refused.nowMs);
  return Math.max(1, Math.ceil((retryAfterMs - refused.nowMs) / 1000));
};

const exists = (it: Refusal): string => `${subject(it)} exists already`;
const missing = (it: Refusal): string => `${subject(it)} does not exist`;
const ended = (it: Refusal): string =>
  `run ${it.append.runId} is ${it.refused.run?.state.status}: it takes no ${it.command?.eventType}`;

const MESSAGES: Partial<Record<ErrorCode, (it: Refusal) => string>> = {
  RUN_NOT_FOUND: ({ append }) => `run ${append.runId} does not exist`,
  RUN_EXISTS: exists,
  RUN_TERMINAL: ended,
  RUN_EXPIRED: ended,
  STEP_NOT_FOUND: missing,
  STEP_EXISTS: exists,
  STEP_TERMINAL: (it) => `${subject(it)} is ${statusOf(it)} already`,
  HOOK_NOT_FOUND: (it) => `${subject(it)} is not live`,
  HOOK_EXISTS: exists,
  TOKEN_HELD: (it) =>
    `the token of ${subject(it)} is held by hook ${it.refused.owner?.hookId} of run ${it.refused.owner?.runId}`,
  WAIT_NOT_FOUND: missing,
  WAIT_EXISTS: exists,
  WAIT_COMPLETED: (it) => `${subject(it)} is completed already`,
  TOO_EARLY: (it) => `${subject(it)} may start in ${secondsLeft(it)} s, not before`,
  PRECONDITION_FAILED: ({ append, refused }) =>
    `run ${append.runId} has an outcome at ${refused.run?.tail.outcomeAt}, newer than stateUpdatedAt ${append.stateUpdatedAt}`,
  FENCE_CONFLICT: ({ append, refused }) =>
    `run ${append.runId} has moved on to ${refused.run?.tail.eventId ?? 'nothing'}; the fence is ${refused.conflict?.lastKnownEventId ?? `asOfTimestamp ${append.fence?.asOfTimestamp}`}`,
};

function conflictDetails({ refused, append }: Refusal): ErrorDetails {
  const { conflict, run } = refused;
  if (conflict === undefined) return {};
  return {
    lastKnownEventId: conflict.lastKnownEventId,
    tailEventId: run?.tail.eventId ?? null,
    events: conflict.missed.events.map((event) =>
      presentEvent(event, append.payloads ? 'all' : 'none'),
    ),
    hasMore: conflict.missed.hasMore,
  };
}

/** SHA-256 of a payload, `sha256:` + hex: of its bytes, or of its JSON text when it is no bytes. */
export async function payloadDigest(payload: unknown): Promise<string> {
  const bytes =
    payload instanceof Uint8Array ? payload : new TextEncoder().encode(jsonText(payload));
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return `sha256:${[...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, '0')).join('')}`;
}

/** What is stored under the id that a caller tried to create again: its name, and a digest of its input. */
async function storedDetails(
  { entity, payloads }: Refused,
  readEvent: (seq: number) => Promise<EventRecord | undefined>,
): Promise<ErrorDetails> {
  const stepName = entity?.state.stepName;
  const input = entity?.state.input;
  if (typeof input !== 'number') return {};
  const event = payloads?.find(({ seq }) => seq === input) ?? (await readEvent(input));
  const stored = event === undefined ? undefined : eventDataOf(event)?.input;
  return { stepName, inputDigest: await payloadDigest(stored) };
}

/** `readEvent` reads an event of the run by its position. */
export async function refusalError(
  append: Append,
  refused: Refused,
  readEvent: (seq: number) => Promise<EventRecord | undefined>,
): Promise<WorldError> {
  const command = append.commands[refused.index];
  const it: Refusal = { append, refused, command };
  const { code, entity, owner } = refused;
  const message = MESSAGES[code]?.(it) ?? `${code} on ${subject(it)}`;
  const details: ErrorDetails = {
    runId: append.runId,
    eventType: command?.eventType,
    ...(append.commands.length > 1 && { index: refused.index }),
    ...(command?.correlationId !== undefined && { correlationId: command.correlationId }),
    ...(refused.run && { status: refused.run.state.status }),
    ...(code === 'HOOK_NOT_FOUND' && { token: entity?.state.token ?? command?.correlationId }),
    ...(code === 'TOO_EARLY' && { retryAfter: secondsLeft(it) }),
    ...(owner && { conflictingRunId: owner.runId }),
    ...(code === 'STEP_EXISTS' && (await storedDetails(refused, readEvent))),
    ...conflictDetails(it),
  };
  return worldError(code, message, { details });
}
