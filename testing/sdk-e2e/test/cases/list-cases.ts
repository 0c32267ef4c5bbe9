import { describe, expect, it } from 'vitest';
import type { Page } from '../app.js';
import type { OpenedApp } from '../test-sdk.js';

const STEPS = 10;
/** Of each step: created, started, completed; of the run: created, started, completed. */
const EVENTS = 3 * STEPS + 3;

/** Lists that are read page by page, through the world. */
export function listCases(app: OpenedApp): void {
  async function pages<T>(read: (cursor: Record<string, string>) => Promise<Page<T>>) {
    const sizes: number[] = [];
    const rows: T[] = [];
    let page = await read({});
    for (;;) {
      sizes.push(page.data.length);
      rows.push(...page.data);
      if (!page.hasMore) return { sizes, rows };
      page = await read({ cursor: page.cursor as string });
    }
  }

  describe('lists', () => {
    it('give the events of a run in pages, in both directions', async () => {
      const runId = await app().start('inSequence', STEPS);
      await app().result(runId);
      const ids = (await app().events(runId, { limit: '100' })).data.map((one) => one.eventId);
      expect(ids).toHaveLength(EVENTS);
      for (const sortOrder of ['asc', 'desc']) {
        const { sizes, rows } = await pages((cursor) =>
          app().events(runId, { limit: '7', sortOrder, ...cursor }),
        );
        expect(sizes).toEqual([7, 7, 7, 7, 5]);
        const expected = sortOrder === 'asc' ? ids : ids.toReversed();
        expect(rows.map((one) => one.eventId)).toEqual(expected);
      }
    });

    it('follow a log from the cursor of its last page', async () => {
      const token = crypto.randomUUID();
      const runId = await app().start('receives', token, 1);
      await app().hooks(runId);
      const { data, cursor, hasMore } = await app().events(runId, { sortOrder: 'asc' });
      expect(hasMore).toBe(false);
      await app().resume(token, { n: 1 });
      await app().result(runId);
      const next = await app().events(runId, { sortOrder: 'asc', cursor: cursor as string });
      const whole = await app().events(runId, { sortOrder: 'asc' });
      const ids = [...data, ...next.data].map((one) => one.eventId);
      expect(ids).toEqual(whole.data.map((one) => one.eventId));
    });

    it('give runs newest first, in pages, each once', async () => {
      const started: string[] = [];
      for (let i = 0; i < 7; i++) {
        const runId = await app().start('failed');
        await app().over(runId);
        started.push(runId);
      }
      const { rows } = await pages((cursor) =>
        app().runs({ status: 'failed', limit: '3', ...cursor }),
      );
      const ids = rows.map(({ runId }) => runId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.slice(0, 7)).toEqual(started.toReversed());
    });
  });
}
