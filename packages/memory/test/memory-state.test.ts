import { createWorld } from '@world/contract';
import { expect, test } from 'vitest';
import { MemoryState } from '../src/memory-state.js';
import { MemoryStore } from '../src/memory-store.js';

test('nothing of a pruned run is kept', async () => {
  const state = new MemoryState();
  const world = createWorld(new MemoryStore({ state }));
  const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: 1 };
  const { run } = await world.events.create(null, { eventType: 'run_created', eventData });
  await world.events.createBatch(
    run?.runId ?? '',
    [
      { eventType: 'run_started' },
      { eventType: 'hook_created', correlationId: 'hook', eventData: { token: 'token' } },
      { eventType: 'run_completed', eventData: {} },
    ],
    { idempotencyKey: 'key' },
  );
  const { runIds } = await world.prune({ olderThan: new Date(Date.now() + 1000) });
  expect(runIds).toEqual([run?.runId]);
  const { runs, tokens, correlated, listeners } = state;
  expect([runs, tokens, correlated, listeners].map(({ size }) => size)).toEqual([0, 0, 0, 0]);
});
