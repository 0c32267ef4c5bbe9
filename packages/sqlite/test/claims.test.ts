import { createRunId } from '@world/contract';
import { createWorld } from '@world/sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryPath } from './folder.js';

test('a message that becomes due while a claim looks is given, or its time is told', async () => {
  const world = createWorld({ url: `sqlite:${temporaryPath()}` });
  onTestFinished(() => world.close());
  // Each look at the clock is another ms.
  let time = Date.now();
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => ++time);
  onTestFinished(() => clock.mockRestore());
  for (let delayMs = 1; delayMs <= 20; delayMs += 1) {
    const runId = createRunId();
    await world.queue('__wkf_workflow_a', { runId }, { delaySeconds: delayMs / 1000 });
    const request = { topic: 'workflow', limit: 10, leaseMs: 60_000, token: runId } as const;
    const { messages, nextInMs } = await world.messages.claim(request);
    expect(messages.length > 0 || nextInMs !== undefined, `a delay of ${delayMs} ms`).toBe(true);
    for (const { messageId } of await world.messages.list({ limit: 10 })) {
      time += 100;
      await world.messages.claim(request);
      await world.messages.settle({ messageId, token: runId }, { kind: 'done' });
    }
    expect(await world.messages.list({ limit: 10 })).toEqual([]);
  }
});
