import { createCommand } from './command.js';
import {
  type CreateEventParams,
  CreateEventParamsSchema,
  findMisspeltParam,
} from './create-event-params.js';
import type { Draft } from './draft.js';
import { invalidArgument } from './errors.js';
import { createEntropy } from './event-id.js';
import { type EventRequest, EventRequestSchema, type ParsedRequest } from './events.js';
import { MAX_PAGE_SIZE } from './pagination.js';
import { MAX_BATCH_SIZE } from './param-schemas.js';
import { parseArgument } from './parse.js';
import { refusalError } from './refusals.js';
import { replayedResults } from './replayed.js';
import { presentEventPage, presentResults } from './results.js';
import { createRunId, isRunId } from './run-id.js';
import type { Append, Committed, Fence, Store } from './store.js';
import { TRANSITIONS } from './transitions.js';
import { findUnstorable } from './values.js';
import type { BatchResult, EventResult } from './world.js';

/** What bounds an append. */
export interface AppendLimits {
  /** Largest `eventData` of one event, in bytes. */
  readonly payloadLimitBytes: number;
  /** Events that come back with a fence conflict at most. */
  readonly missedLimit: number;
}

/** Checks the params of an append. A key that is a known one but for its case is refused: it might be the fence. */
function parseParams(params: unknown): CreateEventParams {
  if (params === undefined || params === null) return {};
  if (typeof params !== 'object') throw invalidArgument('params', 'is not an object');
  const misspelt = findMisspeltParam(params);
  if (misspelt !== undefined) {
    throw invalidArgument(misspelt.given, `is not a parameter, did you mean ${misspelt.meant}?`);
  }
  return parseArgument(CreateEventParamsSchema, params, '');
}

/** Checks one request; `field` says where it stands. */
function parseRequest(request: unknown, field: string, limits: AppendLimits): ParsedRequest {
  const at = (name: string): string => (field === '' ? name : `${field}.${name}`);
  if (typeof request !== 'object' || request === null) {
    throw invalidArgument(field || 'event', 'is not an object');
  }
  const eventType = 'eventType' in request ? request.eventType : undefined;
  if (isWorldOnly(eventType)) {
    throw invalidArgument(at('eventType'), `only worlds write ${eventType}`);
  }
  const parsed = parseArgument(EventRequestSchema, request, field);
  const unstorable = findUnstorable(parsed.eventData, at('eventData'), limits.payloadLimitBytes);
  if (unstorable !== undefined) {
    throw invalidArgument(unstorable.path, unstorable.problem, {
      details: { payloadLimitBytes: limits.payloadLimitBytes },
    });
  }
  return parsed;
}

const isWorldOnly = (eventType: unknown): eventType is string =>
  typeof eventType === 'string' &&
  Object.hasOwn(TRANSITIONS, eventType) &&
  TRANSITIONS[eventType as keyof typeof TRANSITIONS].worldOnly;

function fenceOf(params: CreateEventParams): Fence | undefined {
  const { lastKnownEventId, asOfTimestamp, fenceScope } = params;
  if (lastKnownEventId === undefined && asOfTimestamp === undefined) return undefined;
  return {
    ...(lastKnownEventId !== undefined && { lastKnownEventId }),
    ...(asOfTimestamp !== undefined && { asOfTimestamp }),
    scope: fenceScope ?? 'tail',
  };
}

/** The one path by which callers' events reach a store. */
export class EventAppender {
  readonly #store: Store;
  readonly #limits: AppendLimits;

  constructor(store: Store, limits: AppendLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  async create(
    runId: string | null,
    request: EventRequest,
    params?: CreateEventParams,
  ): Promise<EventResult> {
    const parsed = parseRequest(request, '', this.#limits);
    const makesRun = TRANSITIONS[parsed.eventType].run === 'optional';
    const id = runId === null && makesRun ? createRunId() : runId;
    const { results, passed } = await this.#append(id, [parsed], parseParams(params));
    const result = results[0] ?? {};
    return passed === undefined ? result : { ...result, passed };
  }

  async createBatch(
    runId: string,
    requests: readonly EventRequest[],
    params?: CreateEventParams,
  ): Promise<BatchResult> {
    if (!Array.isArray(requests) || requests.length < 1 || requests.length > MAX_BATCH_SIZE) {
      throw invalidArgument('events', `takes 1 to ${MAX_BATCH_SIZE} events`);
    }
    const parsed = requests.map((one, i) => parseRequest(one, `events[${i}]`, this.#limits));
    return this.#append(runId, parsed, parseParams(params));
  }

  async #append(
    runId: unknown,
    requests: readonly ParsedRequest[],
    params: CreateEventParams,
  ): Promise<BatchResult> {
    if (!isRunId(runId)) throw invalidArgument('runId', 'is not a run id (wrun_ + ULID)');
    const { resolveData = 'all', idempotencyKey, stateUpdatedAt } = params;
    const commands = requests.map((one) => createCommand(one, params.occurredAt?.getTime()));
    const append: Draft<Append> = {
      runId,
      commands,
      entropy: commands.flatMap(({ first }) =>
        first === undefined ? createEntropy() : [createEntropy(), createEntropy()],
      ),
      payloads: resolveData === 'all',
      logLimit: commands.some(({ run }) => run === 'created') ? MAX_PAGE_SIZE : 0,
      missedLimit: this.#limits.missedLimit,
    };
    const fence = fenceOf(params);
    if (fence !== undefined) append.fence = fence;
    if (stateUpdatedAt !== undefined) append.stateUpdatedAt = stateUpdatedAt;
    if (idempotencyKey !== undefined) append.idempotencyKey = idempotencyKey;
    const outcome = await this.#store.append(append);
    if (outcome.kind === 'refused') {
      throw await refusalError(
        append,
        outcome,
        async (seq) => (await this.#store.readEventsAt([{ runId, seq }]))[0],
      );
    }
    const committed =
      outcome.kind === 'replayed' ? await replayedResults(this.#store, append, outcome) : outcome;
    return presentBatch(committed, append, resolveData);
  }
}

function presentBatch(
  committed: Committed,
  append: Append,
  resolveData: 'all' | 'none',
): BatchResult {
  const { results, passed } = committed;
  const batch: BatchResult = {
    results: presentResults(committed, append.commands, resolveData),
    lastKnownEventId: results.at(-1)?.run.tail.eventId ?? '',
  };
  if (passed !== undefined) batch.passed = presentEventPage(passed, resolveData);
  return batch;
}
