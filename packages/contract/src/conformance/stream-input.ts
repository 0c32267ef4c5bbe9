import assert from 'node:assert/strict';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';
import { expectInvalid } from './expect.js';
import { uniqueId } from './given.js';
import { readStream, texts } from './read-stream.js';
import type { ConformanceTest } from './types.js';

const LIMIT = 4 * 1024 * 1024;

const BAD_KEYS: readonly unknown[] = ['', 'a\0b', '\ud800', 'x'.repeat(1025), 7, null, undefined];

/** Not what the types allow: what callers without them send. */
const untyped = <T>(value: unknown): T => value as T;

/** Malformed arguments of stream calls are refused, and nothing is written. */
export const streamInputTests: readonly ConformanceTest[] = [
  {
    id: 'B-stream-names',
    title: 'B names of streams and ids of their runs that no store can hold',
    needs: ['streams'],
    async run({ world }) {
      const runId = createRunId();
      for (const bad of BAD_KEYS.map(untyped<string>)) {
        for (const call of [
          () => world.writeToStream(bad, runId, 'chunk'),
          () => world.writeToStreamMulti(bad, runId, ['chunk']),
          () => world.closeStream(bad, runId),
          () => world.readFromStream(bad),
          () => world.getStreamChunks(bad, runId),
          () => world.getStreamInfo(bad, runId),
        ]) {
          await expectInvalid('name', call);
        }
        for (const call of [
          () => world.writeToStream('name', bad, 'chunk'),
          () => world.writeToStreamMulti('name', bad, ['chunk']),
          () => world.closeStream('name', bad),
          () => world.listStreamsByRunId(bad),
          () => world.getStreamChunks('name', bad),
          () => world.getStreamInfo('name', bad),
        ]) {
          await expectInvalid('runId', call);
        }
      }
      assert.deepEqual(await world.listStreamsByRunId(runId), []);
    },
  },
  {
    id: 'B-chunks',
    title: 'B chunks that are neither text nor bytes, or larger than 4 MiB; one bad one of many',
    needs: ['streams'],
    async run({ world }) {
      const runId = createRunId();
      const name = uniqueId('stream');
      const oversized = [
        new Uint8Array(LIMIT + 1),
        'x'.repeat(LIMIT + 1),
        '€'.repeat(LIMIT / 3 + 1),
      ];
      const others = [
        7,
        null,
        undefined,
        {},
        ['chunk'],
        new ArrayBuffer(2),
        new Uint16Array(2),
        'a\ud800',
      ];
      for (const bad of [...oversized, ...others].map(untyped<string>)) {
        const alone = await expectInvalid('chunk', () => world.writeToStream(name, runId, bad));
        if (oversized.includes(bad)) assert.equal(alone.details.payloadLimitBytes, LIMIT);
        await expectInvalid('chunks[1]', () =>
          world.writeToStreamMulti(name, runId, ['good', bad, 'good']),
        );
      }
      for (const bad of ['chunk', null, undefined, 7, { length: 1, 0: 'chunk' }]) {
        await expectInvalid('chunks', () => world.writeToStreamMulti(name, runId, untyped(bad)));
      }
      assert.deepEqual(await world.listStreamsByRunId(runId), [], 'nothing was written');
      await world.writeToStreamMulti(name, runId, [new Uint8Array(LIMIT), 'x'.repeat(LIMIT)]);
      await world.closeStream(name, runId);
      const chunks = await readStream(world, name);
      assert.deepEqual(
        chunks.map(({ length }) => length),
        [LIMIT, LIMIT],
        'the largest that is allowed',
      );
    },
  },
  {
    id: 'B-stream-reads',
    title: 'B positions, limits and cursors of streams that are out of range or of another stream',
    needs: ['streams'],
    async run({ world }) {
      const runId = createRunId();
      const [name, other] = [uniqueId('stream'), uniqueId('stream')];
      for (const one of [name, other]) await world.writeToStreamMulti(one, runId, texts(5));
      for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, '1', 2 ** 53]) {
        await expectInvalid('startIndex', () => world.readFromStream(name, untyped(bad)));
      }
      for (const bad of [0, -1, 1001, 1.5, Number.NaN, '1', null]) {
        await expectInvalid('options.limit', () =>
          world.getStreamChunks(name, runId, { limit: untyped(bad) }),
        );
      }
      const { cursor: foreign } = await world.getStreamChunks(other, runId, { limit: 1 });
      const { cursor: ofRuns } = await firstPageOfRuns(world);
      for (const bad of ['', 'next', '0', 7, null, foreign, ofRuns ?? 'x']) {
        await expectInvalid('options.cursor', () =>
          world.getStreamChunks(name, runId, { cursor: untyped(bad) }),
        );
      }
      const unset = { limit: undefined, cursor: undefined };
      assert.equal((await world.getStreamChunks(name, runId, unset)).data.length, 5);
    },
  },
  {
    id: 'B-stream-writers',
    title: 'B numbers of writes that are none, and options that do not exist',
    needs: ['streams'],
    async run({ world }) {
      const runId = createRunId();
      const name = uniqueId('stream');
      for (const [field, options] of [
        ['options.writer.id', { writer: { seq: 1 } }],
        ['options.writer.id', { writer: { id: '', seq: 1 } }],
        ['options.writer.seq', { writer: { id: 'writer' } }],
        ['options.writer.seq', { writer: { id: 'writer', seq: 0 } }],
        ['options.writer.seq', { writer: { id: 'writer', seq: 1.5 } }],
        ['options.writer', { writer: 'writer' }],
        ['options', { writr: { id: 'writer', seq: 1 } }],
        ['options', 'writer'],
      ] as const) {
        const bad = untyped<{ writer: { id: string; seq: number } }>(options);
        await expectInvalid(field, () => world.writeToStream(name, runId, 'chunk', bad));
        await expectInvalid(field, () => world.writeToStreamMulti(name, runId, ['chunk'], bad));
        await expectInvalid(field, () => world.closeStream(name, runId, bad));
      }
      assert.deepEqual(await world.listStreamsByRunId(runId), []);
    },
  },
];

/** A page whose cursor is of a list of runs. */
async function firstPageOfRuns(world: World): Promise<{ cursor: string | null }> {
  for (let i = 0; i < 2; i += 1) {
    await world.events.create(null, {
      eventType: 'run_created',
      eventData: { deploymentId: 'deployment', workflowName: 'flow', input: 1 },
    });
  }
  return world.runs.list({ pagination: { limit: 1 } });
}
