import assert from 'node:assert/strict';
import type { Event, EventRequest, EventType } from '../events.js';
import { TRANSITIONS } from '../transitions.js';
import type { EventResult, World } from '../world.js';
import { expectNoTrace, readLog, snapshot } from './expect.js';
import { expectEffect, readSubject } from './expect-effect.js';
import { expectFold } from './expect-fold.js';
import { type ExpectedOutcome, expectedOutcome } from './expected-outcome.js';

import { type CallerEventType, callerEventTypes, forEachCell, inCell } from './matrix.js';
import { type PriorState, type Reached, reach } from './prior-states.js';
import type { RequestMaker } from './requests.js';
import type { ConformanceTest } from './types.js';

/** The state matrix, generated from the table: every event type in every state that a run and an entity can be in. */

interface Case {
  readonly world: World;
  readonly at: Reached;
  readonly request: EventRequest;
  readonly call: () => Promise<EventResult>;
}

async function expectRefusal({ world, at, call }: Case, code: ExpectedCode): Promise<void> {
  const owner = await tokenOwner(world, at.token);
  await expectNoTrace(code, world, at.runId, call);
  assert.deepEqual(await tokenOwner(world, at.token), owner, 'no token is claimed');
}

type ExpectedCode = Extract<ExpectedOutcome, { kind: 'refused' }>['code'];

const tokenOwner = (world: World, token: string): Promise<string | undefined> =>
  world.hooks.getByToken(token).then(
    ({ hookId }) => hookId,
    () => undefined,
  );

async function expectKept({ world, at, call }: Case, shows: boolean): Promise<void> {
  const before = await snapshot(world, at.runId);
  const { event, run } = await call();
  assert.deepEqual(await snapshot(world, at.runId), before, 'nothing is appended');
  assert.deepEqual(run, await world.runs.get(at.runId));
  assert.deepEqual(event, shows ? (await readLog(world, at.runId)).at(-1) : undefined);
}

async function expectAppended(
  { world, at, request, call }: Case,
  eventTypes: readonly EventType[],
): Promise<void> {
  const { runId, id } = at;
  const { subject } = TRANSITIONS[request.eventType];
  const before = await readSubject(world, subject, runId, id);
  const logBefore: Event[] = before || subject !== 'run' ? await readLog(world, runId) : [];
  const result = await call();
  const log = await expectFold(world, runId);
  const added = log.slice(logBefore.length);
  assert.deepEqual(log.slice(0, logBefore.length), logBefore, 'what was there stays as it was');
  assert.deepEqual(
    added.map(({ eventType }) => eventType),
    eventTypes,
  );
  const last = added.at(-1);
  assert.ok(last !== undefined);
  assert.deepEqual(result.event, last);
  const after = await readSubject(world, subject, runId, id);
  if (added.length === 1) expectEffect(last, before, after);
  assert.deepEqual(result[subject], after, `the result is the ${subject} as it is read`);
}

async function expectOutcome(one: Case, expected: ExpectedOutcome): Promise<void> {
  if (expected.kind === 'refused') await expectRefusal(one, expected.code);
  else if (expected.kind === 'kept') await expectKept(one, expected.shows);
  else await expectAppended(one, expected.eventTypes);
}

const matrixOf = (eventType: CallerEventType): ConformanceTest => ({
  id: `S-${eventType}`,
  title: `S F4 state matrix: ${eventType} in every prior state does what the table says`,
  needs: [],
  async run({ world, open }) {
    const other = await open();
    await forEachCell(eventType, async (prior, makeRequest) => {
      const at = await reach(world, prior);
      const request = makeRequest(at.id, at.token);
      const call = () => other.events.create(at.runId, request);
      await inCell(request, prior, () =>
        expectOutcome({ world, at, request, call }, expectedOutcome(request, prior)),
      );
    });
  },
});

/** The state is reached in the batch that holds the event, so that nothing of it was ever stored before. */
async function expectInBatch(world: World, prior: PriorState, makeRequest: RequestMaker) {
  const { requests, runId, id, token } = await prior.prepare(world);
  const request = makeRequest(id, token);
  const expected = expectedOutcome(request, prior);
  const call = () => world.events.createBatch(runId, [...requests, request]);
  await inCell(request, prior, async () => {
    if (expected.kind === 'refused') {
      const owner = await tokenOwner(world, token);
      const { details } = await expectNoTrace(expected.code, world, runId, call);
      if (requests.length > 0) assert.equal(details.index, requests.length);
      assert.equal(await tokenOwner(world, token), owner, 'no token is claimed');
      return;
    }
    const { results, lastKnownEventId } = await call();
    const log = await expectFold(world, runId);
    assert.equal(results.length, requests.length + 1);
    assert.equal(lastKnownEventId, log.at(-1)?.eventId);
    const added = expected.kind === 'appended' ? expected.eventTypes : [];
    assert.deepEqual(
      log.slice(requests.length).map(({ eventType }) => eventType),
      added,
    );
    const shown = expected.kind === 'appended' || expected.shows;
    assert.deepEqual(results.at(-1)?.event, shown ? log.at(-1) : undefined);
  });
}

export const stateTests: readonly ConformanceTest[] = [
  ...callerEventTypes.map(matrixOf),
  {
    id: 'S-in-one-batch',
    title:
      'S F10 FE4 state matrix: every event type in every prior state, reached in the same batch',
    needs: [],
    async run({ world }) {
      for (const eventType of callerEventTypes) {
        await forEachCell(eventType, (prior, makeRequest) =>
          expectInBatch(world, prior, makeRequest),
        );
      }
    },
  },
];
