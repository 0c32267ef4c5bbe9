import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { counted } from './counted-world.js';
import { temporaryPath } from './folder.js';

/** Counts, never times: what a call costs in statements and transactions, and that it does not grow. */

const stepCreated = (correlationId: string) => ({
  eventType: 'step_created' as const,
  correlationId,
  eventData: { stepName: 'step', input: 'input' },
});

const total = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** As many nulls as a statement has places; named ones come in an object. */
const parametersOf = (sql: string): unknown[] => {
  const names = Array.from(sql.matchAll(/@(\w+)/g), ([, name]) => [name, null]);
  if (names.length > 0) return [Object.fromEntries(names)];
  return Array.from(sql.matchAll(/\?/g), () => null);
};

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
    const { messages } = world;
    await world.queue('__wkf_workflow_flow', { runId }, { idempotencyKey: 'key' });
    const claim = { topic: 'workflow', limit: 1, leaseMs: 1000, token: 'token' } as const;
    const [claimed] = (await messages.claim(claim)).messages;
    const ref = { messageId: claimed?.messageId ?? '', token: 'token' };
    await messages.extend([ref], 1000);
    await messages.settle(ref, { kind: 'later', delayMs: 0, failed: true });
    await messages.claim(claim);
    await messages.settle(ref, { kind: 'dead', reason: 'it fails' });
    for (const state of ['waiting', 'dead'] as const) await messages.list({ state, limit: 1 });
    await messages.list({ runId, limit: 1 });
    await messages.redrive(ref.messageId);
    await messages.redrive();
    await messages.claim(claim);
    await messages.settle(ref, { kind: 'done' });
    await world.events.create(runId, { eventType: 'run_cancelled' });
    await world.prune({ olderThan: new Date(0) });

    const database = new Database(path, { readonly: true });
    const scans = [...texts]
      .filter((sql) => /^(SELECT|UPDATE|DELETE)/.test(sql) && sql.includes(' WHERE'))
      .flatMap((sql) =>
        database
          .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...parametersOf(sql))
          .filter(({ detail }) => /^SCAN (?!wanted|json_each|found)/.test(detail))
          .map(({ detail }) => `${detail}: ${sql}`),
      );
    database.close();
    expect(texts.size).toBeGreaterThan(20);
    expect(scans).toEqual([]);
  });
});
