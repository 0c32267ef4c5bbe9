import { createRunId, type World } from '@world/contract';
import { createWorld } from '@world/sqlite';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryPath } from './folder.js';

/** Counts, never times: what a call costs in statements and transactions, and that it does not grow. */

interface Counted {
  readonly world: World;
  readonly runId: string;
  /** Every statement that was prepared. */
  readonly texts: ReadonlySet<string>;
  /** Statements that a call executes, by their first word. */
  count(call: () => Promise<unknown>): Promise<Record<string, number>>;
}

/** A world whose statements are counted by wrapping the driver's own, real, statements. */
async function counted(path: string): Promise<Counted> {
  const counts: Record<string, number> = {};
  const texts = new Set<string>();
  const prepare = Database.prototype.prepare;
  Database.prototype.prepare = function counting(this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql);
    texts.add(sql.trim());
    const verb = sql.trim().split(/\s/)[0] ?? '';
    for (const method of ['run', 'get', 'all'] as const) {
      const execute = statement[method].bind(statement) as (...params: unknown[]) => unknown;
      statement[method] = ((...params: unknown[]) => {
        counts[verb] = (counts[verb] ?? 0) + 1;
        return execute(...params);
      }) as never;
    }
    return statement;
  } as typeof prepare;
  const world = createWorld({ url: `sqlite:${path}` });
  onTestFinished(async () => {
    Database.prototype.prepare = prepare;
    await world.close();
  });
  const runId = createRunId();
  await world.events.create(runId, {
    eventType: 'run_created',
    eventData: { deploymentId: 'deployment', workflowName: 'flow', input: 'input' },
  });
  await world.events.create(runId, { eventType: 'run_started' });
  return {
    world,
    runId,
    texts,
    async count(call) {
      for (const verb of Object.keys(counts)) delete counts[verb];
      await call();
      return { ...counts };
    },
  };
}

const stepCreated = (correlationId: string) => ({
  eventType: 'step_created' as const,
  correlationId,
  eventData: { stepName: 'step', input: 'input' },
});

const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('statements', () => {
  test('64 appends at once share one transaction', async () => {
    const { world, runId, count } = await counted(temporaryPath());
    const counts = await count(() =>
      Promise.all(
        Array.from({ length: 64 }, (_, i) => world.events.create(runId, stepCreated(`step-${i}`))),
      ),
    );
    expect(counts).toMatchObject({ BEGIN: 1, COMMIT: 1, SAVEPOINT: 64 });
    expect((await world.events.list({ runId })).data).toHaveLength(66);
  });

  test('a read is one statement: nothing can come between its parts', async () => {
    const { world, runId, count } = await counted(temporaryPath());
    await world.events.create(runId, stepCreated('step'));
    const none = { resolveData: 'none' } as const;
    for (const read of [
      () => world.events.list({ runId }),
      () => world.events.listByCorrelationId({ runId, correlationId: 'step' }),
      () => world.runs.get(runId, none),
      () => world.steps.get(runId, 'step', none),
      () => world.steps.list({ runId, ...none }),
      () => world.waits.list({ runId }),
    ]) {
      expect(await count(read)).toEqual({ SELECT: 1 });
    }
  });

  test('one failing append of a group does not take the others with it', async () => {
    const { world, runId } = await counted(temporaryPath());
    const settled = await Promise.allSettled(
      ['step-a', 'step-a', 'step-b'].map((id) => world.events.create(runId, stepCreated(id))),
    );
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await world.events.list({ runId })).data).toHaveLength(4);
  });

  test('an append costs the same at log length 10 and 5,000, fenced or not, and a refusal writes nothing', async () => {
    const { world, runId, count } = await counted(temporaryPath());
    const append = async (id: string, fenced: boolean): Promise<number> => {
      const { lastKnownEventId } = await world.runs.get(runId);
      const params = fenced ? { lastKnownEventId } : {};
      return total(await count(() => world.events.create(runId, stepCreated(id), params)));
    };
    const short = [await append('step-a', false), await append('step-b', true)];
    for (let batch = 0; batch < 5; batch += 1) {
      const steps = Array.from({ length: 1000 }, (_, i) => stepCreated(`step-${batch}-${i}`));
      await world.events.createBatch(runId, steps);
    }
    expect([await append('step-c', false), await append('step-d', true)]).toEqual(short);
    expect(short[0]).toBeLessThanOrEqual(12);
    const refused = await count(() =>
      expect(world.events.create(runId, stepCreated('step-a'))).rejects.toThrow(),
    );
    expect(refused.INSERT).toBeUndefined();
    expect(refused.UPDATE).toBeUndefined();
  });

  test('a page is one query on an index, wherever it lies in the log', async () => {
    const { world, runId, count } = await counted(temporaryPath());
    for (let batch = 0; batch < 5; batch += 1) {
      const steps = Array.from({ length: 1000 }, (_, i) => stepCreated(`step-${batch}-${i}`));
      await world.events.createBatch(runId, steps);
    }
    let cursor: string | undefined;
    for (let page = 0; page < 5; page += 1) {
      const counts = await count(async () => {
        const result = await world.events.list({ runId, pagination: { cursor } });
        cursor = result.cursor ?? undefined;
      });
      expect(counts).toEqual({ SELECT: 1 });
    }
  });

  test('no statement scans a table', async () => {
    const path = temporaryPath();
    const { world, runId, texts } = await counted(path);
    const { event } = await world.events.create(runId, stepCreated('step-a'));
    await world.events.create(runId, { ...stepCreated('step-b') }, { idempotencyKey: 'key' });
    await world.events.create(runId, {
      eventType: 'hook_created',
      correlationId: 'hook-a',
      eventData: { token: 'token' },
    });
    for (const sortOrder of ['asc', 'desc'] as const) {
      const first = { limit: 1, sortOrder };
      for (const list of [
        (cursor?: string) => world.events.list({ runId, pagination: { ...first, cursor } }),
        (cursor?: string) => world.steps.list({ runId, pagination: { ...first, cursor } }),
        (cursor?: string) => world.hooks.list({ pagination: { ...first, cursor } }),
        (cursor?: string) => world.runs.list({ pagination: { ...first, cursor } }),
        (cursor?: string) =>
          world.runs.list({ status: 'running', pagination: { ...first, cursor } }),
        (cursor?: string) =>
          world.runs.list({ workflowName: 'flow', pagination: { ...first, cursor } }),
      ]) {
        const { cursor } = await list();
        if (cursor !== null) await list(cursor);
      }
    }
    await world.events.get(runId, event?.eventId ?? '');
    await world.events.listByCorrelationId({ correlationId: 'step-a' });
    await world.events.listByCorrelationId({ correlationId: 'step-a', runId });
    await world.steps.get(undefined, 'step-a');
    await world.hooks.getByToken('token');
    await world.events.create(runId, { eventType: 'run_cancelled' });
    await world.prune({ olderThan: new Date(0) });

    const database = new Database(path, { readonly: true });
    const scans = [...texts]
      .filter((sql) => /^(SELECT|UPDATE|DELETE)/.test(sql) && sql.includes(' WHERE'))
      .flatMap((sql) =>
        database
          .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...Array.from(sql.matchAll(/\?/g), () => null))
          .filter(({ detail }) => /^SCAN (?!wanted|json_each|found)/.test(detail))
          .map(({ detail }) => `${detail}: ${sql}`),
      );
    database.close();
    expect(texts.size).toBeGreaterThan(20);
    expect(scans).toEqual([]);
  });
});
