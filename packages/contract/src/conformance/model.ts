import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CreateEventParams } from '../create-event-params.js';
import { WorldError } from '../errors.js';
import { eventIdTime } from '../event-id.js';
import type { CreateEventRequest, EventRequest, EventType } from '../events.js';
import { createRunId } from '../run-id.js';
import type { EventResult, World } from '../world.js';
import { expectSoundLog, readLog } from './expect.js';
import { uniqueId } from './given.js';
import { isDecision, type ModelParams, type ModelRun, ReferenceModel } from './reference-model.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const SEQUENCES = 60;
const COMMANDS = 40;
const DEFAULT_SEED = 20_261_122;
const HOUR_MS = 3_600_000;
/** Well formed, and of no log. */
const MADE_UP = 'evnt_00000000000000000000000001';

const KINDS = {
  run_created: 4,
  run_started: 5,
  run_started_with_input: 4,
  run_completed: 1,
  run_failed: 1,
  run_cancelled: 3,
  step_created: 16,
  step_started: 14,
  step_completed: 4,
  step_failed: 2,
  step_retrying: 8,
  step_retrying_later: 5,
  hook_created: 14,
  hook_received: 10,
  hook_disposed: 7,
  wait_created: 8,
  wait_completed: 8,
} as const;

const FENCES = {
  none: 20,
  tail: 5,
  stale: 3,
  foreign: 2,
  decision: 3,
  asOfFuture: 2,
  asOfLast: 2,
  asOfZero: 1,
  guardZero: 1,
  guardNow: 1,
} as const;

interface Abstract {
  readonly kind: keyof typeof KINDS;
  /** Which of two ids, and which of two tokens. */
  readonly id: 0 | 1;
  readonly token: 0 | 1;
}

interface Command {
  readonly run: 0 | 1;
  readonly instance: 0 | 1;
  readonly batch: boolean;
  readonly requests: readonly Abstract[];
  readonly fence: keyof typeof FENCES;
  readonly inBand: boolean;
  readonly key: 0 | 1 | undefined;
}

const weighted = <T extends string>(weights: Readonly<Record<T, number>>): fc.Arbitrary<T> =>
  fc.oneof(
    ...(Object.entries(weights) as [T, number][]).map(([value, weight]) => ({
      weight,
      arbitrary: fc.constant(value),
    })),
  );

const either: fc.Arbitrary<0 | 1> = fc.constantFrom(0, 1);
/** Mostly the same one, so that sequences get somewhere. */
const mostly: fc.Arbitrary<0 | 1> = fc.constantFrom(0, 0, 0, 1);

const abstractRequest: fc.Arbitrary<Abstract> = fc.record({
  kind: weighted(KINDS),
  id: mostly,
  token: either,
});

const command: fc.Arbitrary<Command> = fc.record({
  run: mostly,
  instance: either,
  batch: fc.boolean(),
  requests: fc.oneof(
    { weight: 3, arbitrary: fc.tuple(abstractRequest) },
    { weight: 1, arbitrary: fc.array(abstractRequest, { minLength: 2, maxLength: 4 }) },
  ),
  fence: weighted(FENCES),
  inBand: fc.boolean(),
  key: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: either }),
});

function requestOf({ kind, id, token }: Abstract, prefix: string): EventRequest {
  const [step, hook, wait] = [`step-${id}`, `${prefix}-hook-${id}`, `wait-${id}`];
  const makers: Readonly<Record<keyof typeof KINDS, () => EventRequest>> = {
    run_created: () => request.runCreated(),
    run_started: () => request.runStarted(),
    run_started_with_input: () => request.runStartedWithInput(),
    run_completed: () => request.runCompleted(),
    run_failed: () => request.runFailed(),
    run_cancelled: () => request.runCancelled(),
    step_created: () => request.stepCreated(step),
    step_started: () => request.stepStarted(step),
    step_completed: () => request.stepCompleted(step),
    step_failed: () => request.stepFailed(step),
    step_retrying: () => request.stepRetrying(step),
    step_retrying_later: () => request.stepRetrying(step, new Date(Date.now() + HOUR_MS)),
    hook_created: () => request.hookCreated(hook, `${prefix}-token-${token}`),
    hook_received: () => request.hookReceived(hook),
    hook_disposed: () => request.hookDisposed(hook),
    wait_created: () => request.waitCreated(wait),
    wait_completed: () => request.waitCompleted(wait),
  };
  return makers[kind]();
}

/** The params of a command, from what the model knows of the logs. */
function paramsOf(
  { fence, inBand, key }: Command,
  run: ModelRun | undefined,
  other: ModelRun | undefined,
): ModelParams {
  const log = run?.log ?? [];
  const last = log.at(-1)?.id;
  const fences: Readonly<Record<keyof typeof FENCES, ModelParams>> = {
    none: {},
    tail: { lastKnownEventId: last ?? MADE_UP },
    stale: { lastKnownEventId: log.at(-2)?.id ?? MADE_UP },
    foreign: { lastKnownEventId: other?.log.at(-1)?.id ?? MADE_UP },
    decision: { lastKnownEventId: log.findLast(isDecision)?.id ?? MADE_UP },
    asOfFuture: { asOfTimestamp: Date.now() + HOUR_MS },
    asOfLast: { asOfTimestamp: last === undefined ? 0 : eventIdTime(last) },
    asOfZero: { asOfTimestamp: 0 },
    guardZero: { stateUpdatedAt: 0 },
    guardNow: { stateUpdatedAt: last === undefined ? 0 : eventIdTime(last) },
  };
  return { ...fences[fence], inBand, ...(key !== undefined && { key: `key-${key}` }) };
}

function toCreateParams({ inBand, key, ...fences }: ModelParams): CreateEventParams {
  return {
    ...fences,
    ...(inBand && { fenceScope: 'in-band' as const }),
    ...(key !== undefined && { idempotencyKey: key }),
  };
}

type Actual =
  | { readonly refused: string }
  | { readonly results: readonly (EventType | undefined)[]; readonly raw: readonly EventResult[] };

async function appendTo(
  world: World,
  runId: string,
  requests: readonly EventRequest[],
  batch: boolean,
  params: CreateEventParams,
): Promise<Actual> {
  try {
    const [first] = requests;
    const raw =
      batch || requests.length > 1
        ? (await world.events.createBatch(runId, requests, params)).results
        : [await world.events.create(runId, first as CreateEventRequest, params)];
    return { results: raw.map(({ event }) => event?.eventType), raw };
  } catch (error) {
    if (WorldError.is(error)) return { refused: error.code };
    throw error;
  }
}

/** How far a run is when the sequence begins: absent, created, or running. */
const beginning: fc.Arbitrary<readonly Abstract['kind'][]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.constant(['run_created'] as const) },
  { weight: 3, arbitrary: fc.constant(['run_started_with_input'] as const) },
);

const begin = (run: 0 | 1, kinds: readonly Abstract['kind'][]): Command[] =>
  kinds.map((kind) => ({
    run,
    instance: run,
    batch: false,
    requests: [{ kind, id: 0, token: 0 }],
    fence: 'none',
    inBand: false,
    key: undefined,
  }));

/** Runs one sequence on the world and on the model, and compares them after every command. */
async function compare(worlds: readonly World[], commands: readonly Command[]): Promise<void> {
  const model = new ReferenceModel();
  const prefix = uniqueId('model');
  const runIds = [createRunId(), createRunId()];
  const keyed = new Map<string, { readonly requests: string; readonly raw: unknown }>();
  for (const one of commands) {
    const runId = runIds[one.run] ?? '';
    const world = worlds[one.instance];
    assert.ok(world !== undefined);
    const requests = one.requests.map((abstract) => requestOf(abstract, prefix));
    const params = paramsOf(one, model.run(runId), model.run(runIds[1 - one.run] ?? ''));
    const expected = model.append(runId, requests, params);
    const actual = await appendTo(world, runId, requests, one.batch, toCreateParams(params));
    const asked = JSON.stringify([one.requests, one.batch, params]);
    const key = `${runId}/${params.key}`;
    if ('replayed' in expected) {
      assert.ok('raw' in actual, `a used key is not refused: ${JSON.stringify(actual)}`);
      const first = keyed.get(key);
      if (first?.requests === asked) assert.deepEqual(actual.raw, first.raw, 'the first outcome');
    } else {
      const { raw, ...outcome } = { raw: undefined, ...actual };
      assert.deepEqual(outcome, expected);
      const used = params.key !== undefined && model.run(runId)?.keys.has(params.key);
      if (raw !== undefined && used) keyed.set(key, { requests: asked, raw });
    }
    await compareLogs(world, model, runId);
  }
  const [world] = worlds;
  if (world !== undefined) await compareEntities(world, model, runIds, prefix);
}

async function compareLogs(world: World, model: ReferenceModel, runId: string): Promise<void> {
  const expected = model.run(runId)?.log ?? [];
  if (expected.length === 0) return;
  const log = await readLog(world, runId);
  assert.deepEqual(
    log.map(({ eventType, correlationId }) => [eventType, correlationId]),
    expected.map(({ type, about }) => [type, about]),
  );
  model.learn(
    runId,
    log.map(({ eventId }) => eventId),
  );
}

async function compareEntities(
  world: World,
  model: ReferenceModel,
  runIds: readonly string[],
  prefix: string,
): Promise<void> {
  for (const runId of runIds) {
    const run = model.run(runId);
    if (run === undefined) {
      await assert.rejects(world.runs.get(runId), { code: 'RUN_NOT_FOUND' });
      continue;
    }
    await expectSoundLog(world, runId);
    assert.equal((await world.runs.get(runId)).status, run.status);
    const steps = (await world.steps.list({ runId, pagination: { sortOrder: 'asc' } })).data;
    assert.deepEqual(
      steps.map(({ stepId, status, attempt }) => [stepId, status, attempt]),
      [...run.steps].map(([id, { status, attempt }]) => [id, status, attempt]),
    );
    const hooks = (await world.hooks.list({ runId })).data;
    assert.deepEqual(
      hooks.map(({ hookId, token }) => [hookId, token]),
      [...run.hooks].flatMap(([id, { status, token }]) => (status === 'live' ? [[id, token]] : [])),
    );
    const waits = (await world.waits.list({ runId })).data;
    assert.deepEqual(
      waits.map(({ waitId, status }) => [waitId, status]),
      [...run.waits].filter(([, status]) => status !== 'closed'),
    );
  }
  for (const token of [`${prefix}-token-0`, `${prefix}-token-1`]) {
    const owner = model.owner(token);
    const hook = await world.hooks.getByToken(token).catch((error: unknown) => {
      if (WorldError.is(error, 'HOOK_NOT_FOUND')) return undefined;
      throw error;
    });
    assert.deepEqual(hook && { runId: hook.runId, hookId: hook.hookId }, owner);
  }
}

/** The reference model: what no test names, random sequences find. */
export const modelTests: readonly ConformanceTest[] = [
  {
    id: 'L4-reference-model',
    title: 'L4 F8 random command sequences do to the world what they do to the reference model',
    needs: [],
    async run({ world, open }) {
      const worlds = [world, await open()];
      const seed = Number(process.env.CONFORMANCE_SEED ?? DEFAULT_SEED);
      const property = fc.asyncProperty(
        beginning,
        beginning,
        fc.array(command, { minLength: 1, maxLength: COMMANDS, size: 'max' }),
        (first, second, commands) =>
          compare(worlds, [...begin(0, first), ...begin(1, second), ...commands]),
      );
      const details = await fc.check(property, {
        seed,
        numRuns: SEQUENCES,
        interruptAfterTimeLimit: 60_000,
      });
      const message = await fc.asyncDefaultReportMessage(details);
      assert.ok(!details.failed, `CONFORMANCE_SEED=${seed} runs it again\n${message}`);
    },
  },
];
