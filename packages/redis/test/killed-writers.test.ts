import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { LogFold, type World } from '@world/contract';
import { createWorld } from '@world/redis';
import { startCluster, startRedis } from '@world/redis-servers';
import { afterAll, describe, expect, test } from 'vitest';

/** Writers are killed at random while they create runs, claim tokens, dispose hooks and end runs. Nothing may be left over. */

/** What a writer reports of each event. */
interface Acknowledged {
  readonly runId: string;
  readonly eventId: string;
}

const TOKENS = ['token-0', 'token-1', 'token-2'];
const KILLS = 24;
const WRITERS = 4;

/** Random and the same in every run: after how many acknowledgements each writer is killed. */
function killAfter(kill: number): number {
  return 1 + (((kill * 2_654_435_761) % 97) % 23);
}

class Writer {
  readonly acknowledged: Acknowledged[] = [];
  readonly #child: ChildProcess;
  #wake: () => void = () => {};

  constructor(request: {
    url: string;
    namespace: string;
    name: string;
    tokens: readonly string[];
  }) {
    const script = new URL('./writer.mjs', import.meta.url);
    this.#child = fork(script, [JSON.stringify(request)], { execArgv: [] });
    this.#child.on('message', (one) => {
      this.acknowledged.push(one as Acknowledged);
      this.#wake();
    });
    this.#child.on('exit', () => this.#wake());
  }

  /** Kills the process as soon as it has reported that often. */
  async killAfter(count: number): Promise<void> {
    while (this.acknowledged.length < count && this.#child.exitCode === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    expect(this.#child.exitCode).toBeNull();
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

async function runsOf(world: World, status?: 'running' | 'completed' | 'pending') {
  const { data, hasMore } = await world.runs.list({ status, pagination: { limit: 1000 } });
  expect(hasMore).toBe(false);
  return data;
}

async function expectNothingLeft(world: World, acknowledged: readonly Acknowledged[]) {
  const runs = await runsOf(world);
  const folds = new Map<string, LogFold>();
  for (const { runId, status, lastKnownEventId } of runs) {
    const { data } = await world.events.list({ runId });
    expect(data.map(({ seq }) => seq)).toEqual(data.map((_, i) => i + 1));
    expect(data.at(-1)?.eventId).toBe(lastKnownEventId);
    const fold = new LogFold();
    for (const event of data) fold.add(event as Parameters<LogFold['add']>[0]);
    expect(fold.run?.state.status).toBe(status);
    folds.set(runId, fold);
    for (const one of acknowledged.filter((ack) => ack.runId === runId)) {
      expect(data.map(({ eventId }) => eventId)).toContain(one.eventId);
    }
  }
  const listed = new Set(runs.map(({ runId }) => runId));
  expect(acknowledged.filter(({ runId }) => !listed.has(runId))).toEqual([]);
  // Every list by status says the same.
  for (const status of ['pending', 'running', 'completed'] as const) {
    const expected = runs.filter((run) => run.status === status).map(({ runId }) => runId);
    expect((await runsOf(world, status)).map(({ runId }) => runId)).toEqual(expected);
  }
  await expectTokensSound(world, folds);
}

/** A token has at most one live hook; it is the one that is found, and without one the token is free. */
async function expectTokensSound(world: World, folds: ReadonlyMap<string, LogFold>) {
  const hooks = (await world.hooks.list({ pagination: { limit: 1000 } })).data;
  for (const token of TOKENS) {
    const live = [...folds].flatMap(([runId, fold]) =>
      fold.entities
        .filter(({ kind, state }) => kind === 'hook' && state.status === 'live')
        .filter(({ state }) => state.token === token)
        .map(({ id }) => `${runId} ${id}`),
    );
    const listed = hooks.filter((hook) => hook.token === token);
    expect(listed.map(({ runId, hookId }) => `${runId} ${hookId}`)).toEqual(live);
    if (live.length > 0) {
      expect(live).toHaveLength(1);
      const { runId, hookId } = await world.hooks.getByToken(token);
      expect(`${runId} ${hookId}`).toBe(live[0]);
      continue;
    }
    const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
    const { run } = await world.events.create(null, { eventType: 'run_created', eventData });
    const { event } = await world.events.create(run.runId, {
      eventType: 'hook_created',
      correlationId: 'hook',
      eventData: { token },
    });
    expect(event?.eventType).toBe('hook_created');
  }
}

const [server, cluster] = await Promise.all([startRedis(), startCluster()]);
afterAll(() => Promise.all([server.stop(), cluster.stop()]));

describe('writers that are killed at random', () => {
  test.each([
    ['one server', server.url],
    ['a cluster', cluster.url],
  ])(
    'on %s: what was acknowledged is there, lists are right, no token is claimed by a hook that is not',
    async (_, url) => {
      const namespace = 'killed';
      const acknowledged: Acknowledged[] = [];
      let kills = 0;
      const killOneByOne = async (): Promise<void> => {
        while (kills < KILLS) {
          const kill = kills++;
          const writer = new Writer({ url, namespace, name: `writer-${kill}`, tokens: TOKENS });
          await writer.killAfter(killAfter(kill));
          acknowledged.push(...writer.acknowledged);
        }
      };
      await Promise.all(Array.from({ length: WRITERS }, killOneByOne));
      const world = createWorld({ url, namespace });
      try {
        // What dead writers have announced is overdue after a while, and then finished by whoever looks.
        await expect
          .poll(() => expectNothingLeft(world, acknowledged).then(() => 'nothing'), {
            timeout: 20_000,
          })
          .toBe('nothing');
      } finally {
        await world.close();
      }
    },
    120_000,
  );
});
