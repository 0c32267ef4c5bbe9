import { createWorld, type Store } from '@world/contract';
import { runTest, tests } from '@world/contract/conformance';
import { expect, test } from 'vitest';
import { MemoryState } from '../src/memory-state.js';
import { MemoryStore } from '../src/memory-store.js';

/** Notifications only wake a follower: what it gets, it reads. */
const deliveries: readonly [string, (notify: () => void) => void][] = [
  ['lost', () => {}],
  [
    'doubled',
    (notify) => {
      notify();
      notify();
    },
  ],
  ['late', (notify) => setTimeout(notify, 20)],
];

test.each(deliveries)(
  'L2 a follower whose notifications are %s gets each event once',
  async (_, deliver) => {
    const states = new Map<string, MemoryState>();
    const create = ({ namespace }: { namespace: string }) => {
      const state = states.get(namespace) ?? new MemoryState();
      states.set(namespace, state);
      const store = new MemoryStore({ state });
      const subscribe = store.subscribe.bind(store);
      store.subscribe = (runId, onChange) => subscribe(runId, () => deliver(onChange));
      return createWorld(store satisfies Store);
    };
    const { capabilities } = new MemoryStore({ state: new MemoryState() });
    const follow = tests.filter(({ id }) => id === 'L2-follow');
    expect(follow).toHaveLength(1);
    for (const one of follow) await runTest(one, { name: 'memory', create, capabilities });
  },
);

test('any number of followers of one world may wait at once, without a warning', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => {
    warnings.push(warning);
  };
  process.on('warning', onWarning);
  const world = createWorld(new MemoryStore({ state: new MemoryState() }));
  const { run } = await world.events.create(null, {
    eventType: 'run_created',
    eventData: { deploymentId: 'deployment', workflowName: 'flow', input: 1 },
  });
  const followers = Array.from({ length: 20 }, () => world.events.follow({ runId: run.runId }));
  for (const follower of followers) await follower.next();
  const ends = followers.map((follower) =>
    expect(follower.next()).rejects.toMatchObject({ code: 'WORLD_CLOSED' }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  await world.close();
  await Promise.all(ends);
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
