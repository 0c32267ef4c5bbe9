import assert from 'node:assert/strict';
import { eventIdTime } from '../event-id.js';
import type { Event } from '../events.js';
import type { World } from '../world.js';
import { expectSoundLog, readLog } from './expect.js';
import { appendAll, eventOf, runAhead, startedRun } from './given.js';
import { request, waits } from './requests.js';
import type { ConformanceTest } from './types.js';

/** Walks a list of events to its end; every page must keep the promises of LO9. Returns the events and the last cursor. */
async function walk(
  world: World,
  runId: string,
  options: { limit: number; sortOrder?: 'asc' | 'desc' },
): Promise<{ events: Event[]; cursor: string | null }> {
  const events: Event[] = [];
  const given = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    const page = await world.events.list({ runId, pagination: { ...options, cursor } });
    assert.ok(page.data.length <= options.limit, 'a page holds no more than asked for');
    events.push(...page.data);
    if (!page.hasMore) return { events, cursor: page.cursor };
    assert.equal(page.data.length, options.limit, 'a page that has more is full');
    assert.ok(page.cursor !== null && !given.has(page.cursor), 'a page that has more moves on');
    given.add(page.cursor);
    cursor = page.cursor;
  }
}

/** Pages of a log: complete, in order, and never overtaken. */
export const pageTests: readonly ConformanceTest[] = [
  {
    id: 'LO6-one-ms',
    title: 'L2 LO6 50 events of one millisecond, read with page size 1: all, in order',
    needs: [],
    async run({ world }) {
      const { runId } = await runAhead(world);
      const written = await appendAll(world, runId, waits(50));
      const times = new Set(written.map(({ eventId }) => eventIdTime(eventId)));
      assert.equal(times.size, 1, 'all ids share one ms');
      const { events } = await walk(world, runId, { limit: 1 });
      assert.deepEqual(events.slice(2), written);
      const { events: backwards } = await walk(world, runId, { limit: 1, sortOrder: 'desc' });
      assert.deepEqual(backwards, events.toReversed());
      await expectSoundLog(world, runId);
    },
  },
  {
    id: 'LO9-page-sizes',
    title: 'L2 LO9 pages of 1, 7 and 1000, ascending and descending, give the same log',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      await world.events.createBatch(runId, waits(33));
      const log = await expectSoundLog(world, runId);
      assert.equal(log.length, 35);
      for (const limit of [1, 5, 7, 35, 1000]) {
        assert.deepEqual((await walk(world, runId, { limit })).events, log, `by ${limit}`);
        const down = await walk(world, runId, { limit, sortOrder: 'desc' });
        assert.deepEqual(down.events, log.toReversed(), `by ${limit}, descending`);
      }
    },
  },
  {
    id: 'LO9-last-cursor-follows',
    title: 'L2 LO9 the last cursor goes on to what is written later, also that of an empty page',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      for (const limit of [1, 2, 7, 1000]) {
        const { cursor: last } = await walk(world, runId, { limit });
        assert.ok(last !== null, 'the last page keeps a cursor');
        const empty = await world.events.list({ runId, pagination: { limit, cursor: last } });
        assert.deepEqual(empty.data, []);
        assert.equal(empty.hasMore, false);
        assert.ok(empty.cursor !== null, 'the empty page keeps a cursor');
        const written = await appendAll(other, runId, waits(3, `wait-${limit}`));
        for (const cursor of [last, empty.cursor]) {
          const next = await world.events.list({ runId, pagination: { cursor } });
          assert.deepEqual(next.data, written, 'exactly what was written since');
        }
      }
    },
  },
  {
    id: 'L2-reader-while-writers-write',
    title: 'L2 LO1 LO5 a reader that follows cursors sees each event once, in seq order',
    needs: [],
    async run({ world, open }) {
      const [other, reader] = await Promise.all([open(), open()]);
      const { runId } = await startedRun(world);
      const writers = [world, other, world, other].map((writer, i) =>
        appendAll(writer, runId, waits(40, `wait-${i}`)),
      );
      let writing = true;
      const written = Promise.all(writers).finally(() => {
        writing = false;
      });
      const seen: Event[] = [];
      let cursor: string | undefined;
      for (let more = true; more; ) {
        const last = !writing;
        const page = await reader.events.list({ runId, pagination: { limit: 7, cursor } });
        seen.push(...page.data);
        cursor = page.cursor ?? cursor;
        more = !last || page.hasMore;
      }
      await written;
      assert.deepEqual(
        seen.map(({ seq }) => seq),
        Array.from({ length: 162 }, (_, i) => i + 1),
      );
      assert.deepEqual(seen, await readLog(world, runId));
    },
  },
  {
    id: 'L2-list-is-prefix',
    title: 'L2 LO5 whatever a list returns while writers write is a prefix of the final log',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const { runId } = await startedRun(world);
      const writers = [world, other].map((writer, i) =>
        appendAll(writer, runId, waits(30, `wait-${i}`)),
      );
      const reads = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 ? world : other).events.list({ runId })),
      );
      await Promise.all(writers);
      const log = await readLog(world, runId);
      for (const { data } of reads) assert.deepEqual(data, log.slice(0, data.length));
    },
  },
  {
    id: 'F1-ids-of-all-runs-differ',
    title: 'F1 L1 no two runs share an event id, also within one ms: a foreign fence is foreign',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      const runs = await Promise.all(Array.from({ length: 10 }, () => startedRun(world)));
      const ids = new Set<string>();
      for (let round = 0; round < 10; round += 1) {
        for (const [i, { runId }] of runs.entries()) {
          const writer = (i + round) % 2 ? world : other;
          await writer.events.create(runId, request.waitCreated(`wait-${round}`));
        }
      }
      for (const { runId } of runs) {
        for (const { eventId } of await expectSoundLog(world, runId)) ids.add(eventId);
      }
      assert.equal(ids.size, 10 * 12);
    },
  },
  {
    id: 'L6-returned-events-are-copies',
    title: 'L6 what a caller does to an event, or to what it passed in, changes nothing in the log',
    needs: [],
    async run({ world }) {
      const { runId } = await startedRun(world);
      const input = Uint8Array.of(1, 2, 3);
      const result = await world.events.create(runId, request.stepCreated('step-a', input));
      const log = structuredClone(await readLog(world, runId));
      const step = structuredClone(await world.steps.get(runId, 'step-a'));
      input.fill(9);
      for (const event of [eventOf(result), ...(await readLog(world, runId))]) vandalise(event);
      vandalise(await world.steps.get(runId, 'step-a'));
      vandalise(await world.runs.get(runId));
      assert.deepEqual(await readLog(world, runId), log);
      assert.deepEqual(await world.steps.get(runId, 'step-a'), step);
      await expectSoundLog(world, runId);
    },
  },
];

/** Overwrites everything that can be reached. */
function vandalise(value: object): void {
  for (const [key, member] of Object.entries(value)) {
    if (member instanceof Uint8Array) member.fill(0);
    else if (member instanceof Date) member.setTime(0);
    else if (typeof member === 'object' && member !== null) vandalise(member);
    else Object.assign(value, { [key]: 'vandal' });
  }
}
