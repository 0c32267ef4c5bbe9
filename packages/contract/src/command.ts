import { encodeData } from './codec.js';
import type { Draft } from './draft.js';
import type { EventType, ParsedRequest } from './events.js';
import { jsonText } from './json-text.js';
import {
  type Effect,
  type EntityKind,
  type Rule,
  TRANSITIONS,
  type Transition,
} from './transitions.js';

/** What a record may hold. Times are epoch ms; bytes are encoded values. */
export type Scalar = string | number | boolean | Uint8Array;
/** Named values of a record, or of a patch. */
export type Fields = Readonly<Record<string, Scalar>>;

/** What an append changes in its subject: plain data, computed from the request alone. Applied in this order. */
export interface Patch {
  readonly set: Fields;
  /** Set to the store's clock, epoch ms. */
  readonly stamp: readonly string[];
  /** The same, unless the field is set. */
  readonly stampOnce: readonly string[];
  /** Set to the event's `seq`. */
  readonly mark: readonly string[];
  readonly increment: readonly string[];
  readonly unset: readonly string[];
}

/**
 * One append, ready to be executed by a store: the event, the rules that may prevent it, and the patch. It is plain data
 * and names no behaviour, so a JavaScript store and a server-side script execute it alike (see `evaluate`).
 */
export interface Command {
  readonly eventType: EventType;
  readonly correlationId?: string;
  readonly specVersion?: number;
  /** Epoch ms. */
  readonly occurredAt?: number;
  /** Encoded `eventData`. */
  readonly data?: Uint8Array;
  /** The entity that it is about; absent when that is the run. */
  readonly entity?: { readonly kind: EntityKind; readonly id: string };
  readonly run: Transition['run'];
  readonly inBand: boolean;
  readonly outcome: boolean;
  readonly rules: readonly Rule[];
  /** Absent when the event changes nothing but the log. */
  readonly patch?: Patch;
  /** The hook token that it claims. */
  readonly claims?: string;
  /** It releases the token of its hook. */
  readonly releasesToken: boolean;
  readonly endsRun: boolean;
  /** Appended in its place when a rule says so; gets the id of the run that holds the token. */
  readonly instead?: Command;
  /** Appended before it when the run is absent. */
  readonly first?: Command;
}

const NONE: readonly string[] = [];

/** The patch that a row's effect makes of a request. */
function patchOf(effect: Effect, request: ParsedRequest): Patch | undefined {
  if (effect.status === undefined) return undefined;
  const data = request.eventData ?? {};
  const set: Record<string, Scalar> = { status: effect.status, ...effect.initial };
  if (effect.stamp?.includes('createdAt') && request.specVersion !== undefined) {
    set.specVersion = request.specVersion;
  }
  const unset = [...(effect.unset ?? NONE)];
  for (const field of effect.copy ?? NONE) {
    const value = data[field];
    if (value instanceof Date) set[field] = value.getTime();
    else if (value !== undefined) set[field] = value as Scalar;
    else unset.push(field);
  }
  for (const field of effect.encode ?? NONE) {
    if (data[field] !== undefined) set[field] = encodeData(data[field]);
  }
  if (effect.error) set.error = encodeData(structuredError(data));
  const mark = [...(effect.mark ?? NONE)];
  for (const field in effect.payload) {
    if (data[effect.payload[field] ?? field] !== undefined) mark.push(field);
  }
  return {
    set,
    stamp: effect.stamp ?? NONE,
    stampOnce: effect.stampOnce ?? NONE,
    mark,
    increment: effect.increment ?? NONE,
    unset,
  };
}

/** `{ message, stack, code }` of whatever a client put into `error`. */
function structuredError(data: Readonly<Record<string, unknown>>): Record<string, string> {
  const { error, stack, errorCode } = data;
  const { message: told, stack: trace, code: name } = Object(error) as Record<string, unknown>;
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : undefined;
  const binary = error instanceof Uint8Array ? `an error of ${error.byteLength} bytes` : undefined;
  const message = text(told) ?? text(error) ?? binary ?? jsonText(error);
  const result: Record<string, string> = { message };
  const stackText = text(stack) ?? text(trace);
  const code = text(errorCode) ?? text(name);
  if (stackText !== undefined) result.stack = stackText;
  if (code !== undefined) result.code = code;
  return result;
}

/** The event type that a rule appends in the place of another. */
function insteadOf(rules: readonly Rule[]): EventType | undefined {
  for (const { otherwise } of rules) if ('append' in otherwise) return otherwise.append;
  return undefined;
}

/** Turns a checked request into its command. `occurredAtMs` is stored with the event. */
export function createCommand(request: ParsedRequest, occurredAtMs?: number): Command {
  const row = TRANSITIONS[request.eventType];
  const { correlationId, specVersion } = request;
  const patch = patchOf(row.effect, request);
  const first = row.run === 'created' ? creationOf(request) : undefined;
  const instead = insteadOf(row.rules);
  const token = request.eventData?.token;
  const command: Draft<Command> = {
    eventType: request.eventType,
    run: row.run,
    inBand: !row.outOfBand,
    outcome: row.outcome,
    rules: row.rules,
    releasesToken: row.effect.token === 'release',
    endsRun: row.effect.endsRun ?? false,
  };
  if (correlationId !== undefined) {
    command.correlationId = correlationId;
    if (row.subject !== 'run') command.entity = { kind: row.subject, id: correlationId };
  }
  if (specVersion !== undefined) command.specVersion = specVersion;
  if (occurredAtMs !== undefined) command.occurredAt = occurredAtMs;
  if (request.eventData !== undefined && !row.dropsData) {
    command.data = encodeData(request.eventData);
  }
  if (patch !== undefined) command.patch = patch;
  if (row.effect.token === 'claim' && typeof token === 'string') command.claims = token;
  if (instead !== undefined) {
    const other = { ...request, eventType: instead, eventData: { token } };
    command.instead = createCommand(other, occurredAtMs);
  }
  if (first !== undefined) command.first = first;
  return command;
}

/** The `run_created` that a complete `run_started` stands for when the run is absent. */
function creationOf(request: ParsedRequest): Command | undefined {
  const { eventData } = request;
  const complete =
    eventData?.deploymentId !== undefined &&
    eventData.workflowName !== undefined &&
    eventData.input !== undefined;
  return complete ? createCommand({ ...request, eventType: 'run_created' }) : undefined;
}
