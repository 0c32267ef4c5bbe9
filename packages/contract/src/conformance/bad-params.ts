import assert from 'node:assert/strict';
import { CREATE_EVENT_PARAMS, type CreateEventParams } from '../create-event-params.js';
import { paths, readyRun } from './bad-input.js';
import { expectInvalid, snapshot } from './expect.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** What no TypeScript caller can pass; a JavaScript one can. */
const asParams = (value: unknown): CreateEventParams => value as CreateEventParams;

/** A field that must be named, and the value that is wrong. */
type Case = readonly [field: string, value: unknown];

const LONG = 'x'.repeat(1025);
const UNSTORABLE_TEXTS = ['a\0b', 'a\ud800b', '\udc00', '\0'];

/** Bad params of an append: never an unfenced write. */
export const badParamsTests: readonly ConformanceTest[] = [
  {
    id: 'F7-malformed-fence',
    title: 'F7 FE1 a malformed fence or guard is INVALID_ARGUMENT on every path, never unfenced',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const before = await snapshot(world, runId);
      const { tail } = { tail: (await world.runs.get(runId)).lastKnownEventId };
      const ids = ['', 'tail', 7, null, {}, tail.toLowerCase(), `${tail}0`, tail.slice(0, -1)];
      const malformed = [...ids, tail.replace('evnt_', 'wevt_'), `${tail}\0`, [tail], ` ${tail}`];
      const times = [
        Number.NaN,
        -1,
        Infinity,
        -Infinity,
        '0',
        '1800000000000',
        null,
        new Date(),
        {},
      ];
      const cases: Case[] = [
        ...malformed.map((value) => ['lastKnownEventId', value] as const),
        ...times.map((value) => ['asOfTimestamp', value] as const),
        ...times.map((value) => ['stateUpdatedAt', value] as const),
        ...['head', 'TAIL', '', 1, null].map((value) => ['fenceScope', value] as const),
      ];
      for (const [field, value] of cases) {
        const params = asParams({ [field]: value });
        for (const one of paths) {
          await expectInvalid(field, () => world.events.create(runId, one, params));
        }
        await expectInvalid(field, () =>
          world.events.createBatch(runId, [request.waitCreated('wait-z')], params),
        );
      }
      assert.deepEqual(await snapshot(world, runId), before, 'nothing was written');
    },
  },
  {
    id: 'B-misspelt-params',
    title: 'B F7 a param that is a known one but for its case is refused',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const before = await snapshot(world, runId);
      const misspellings = CREATE_EVENT_PARAMS.flatMap((name) =>
        [name.toLowerCase(), name.toUpperCase(), name[0]?.toUpperCase() + name.slice(1)].filter(
          (given) => given !== name,
        ),
      );
      for (const given of ['lastKnownEventID', 'asOfTimeStamp', ...misspellings]) {
        for (const value of ['evnt_00000000000000000000000000', undefined]) {
          const params = asParams({ [given]: value });
          await expectInvalid(given, () =>
            world.events.create(runId, request.waitCreated('wait-z'), params),
          );
          await expectInvalid(given, () =>
            world.events.createBatch(runId, [request.waitCreated('wait-z')], params),
          );
        }
      }
      assert.deepEqual(await snapshot(world, runId), before);
    },
  },
  {
    id: 'B-bad-params',
    title: 'B bad input: keys, resolveData and occurredAt that are none',
    needs: [],
    async run({ world }) {
      const runId = await readyRun(world);
      const before = await snapshot(world, runId);
      const cases: Case[] = [
        ...['', LONG, 7, null, ...UNSTORABLE_TEXTS].map((key) => ['idempotencyKey', key] as const),
        ...['some', true, null].map((value) => ['resolveData', value] as const),
        ...['never', {}, new Date(Number.NaN)].map((value) => ['occurredAt', value] as const),
        ['requestId', 7],
        ['v1Compat', 'yes'],
      ];
      const wait = request.waitCreated('wait-z');
      for (const [field, value] of cases) {
        const params = asParams({ [field]: value });
        await expectInvalid(field, () => world.events.create(runId, wait, params));
        await expectInvalid(field, () => world.events.createBatch(runId, [wait], params));
      }
      for (const params of ['text', 7, true].map(asParams)) {
        await expectInvalid('params', () => world.events.create(runId, wait, params));
      }
      assert.deepEqual(await snapshot(world, runId), before);
      const undefinedParams = Object.fromEntries(
        CREATE_EVENT_PARAMS.map((name) => [name, undefined]),
      );
      await world.events.create(runId, wait, asParams(undefinedParams));
    },
  },
];
