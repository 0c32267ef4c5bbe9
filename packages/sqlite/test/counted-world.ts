import { createRunId, type World } from '@world/contract';
import { createWorld } from '@world/sqlite';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';

export interface Counted {
  readonly world: World;
  readonly runId: string;
  /** Every statement that was prepared. */
  readonly texts: ReadonlySet<string>;
  /** Statements that a call executes, by their first word. */
  count(call: () => Promise<unknown>): Promise<Record<string, number>>;
}

/** A world whose statements are counted by wrapping the driver's own, real, statements. */
export async function counted(path: string): Promise<Counted> {
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
