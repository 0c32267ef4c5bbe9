import { createRunId, type World } from '@world/contract';

/** Runs for tests to look at and copy. */

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const LATER_MS = 3_600_000;

/** A run with one event of every kind that leaves it running; `token` is its live hook's. */
export async function addRunningRun(world: World, token: string): Promise<string> {
  const runId = createRunId();
  await world.events.create(runId, {
    eventType: 'run_created',
    specVersion: 3,
    eventData: {
      deploymentId: 'deployment',
      workflowName: 'order',
      input: bytes('devl["a long input that a table has to cut somewhere"]'),
      executionContext: { traced: true, at: new Date(0) },
    },
  });
  await world.events.createBatch(runId, [
    { eventType: 'run_started' },
    {
      eventType: 'step_created',
      correlationId: 'pay',
      eventData: { stepName: 'pay', input: null },
    },
    { eventType: 'step_started', correlationId: 'pay' },
    { eventType: 'step_retrying', correlationId: 'pay', eventData: { error: 'busy' } },
    { eventType: 'step_started', correlationId: 'pay' },
    {
      eventType: 'step_completed',
      correlationId: 'pay',
      eventData: { result: bytes('\u001b[31mred') },
    },
    { eventType: 'hook_created', correlationId: 'answer', eventData: { token } },
    { eventType: 'hook_received', correlationId: 'answer', eventData: { payload: [1, 'two'] } },
    {
      eventType: 'wait_created',
      correlationId: 'pause',
      eventData: { resumeAt: new Date(Date.now() + LATER_MS) },
    },
  ]);
  return runId;
}

/** A run that has ended, and has released its token. */
export async function addEndedRun(world: World, token: string): Promise<string> {
  const runId = await addRunningRun(world, token);
  await world.events.create(runId, {
    eventType: 'run_failed',
    eventData: { error: { message: 'it\nbroke' }, errorCode: 'USER_ERROR' },
  });
  return runId;
}

/** Makes a run's log longer by this many waits. */
export async function addWaits(world: World, runId: string, count: number): Promise<void> {
  const prefix = createRunId();
  const resumeAt = new Date(Date.now() + LATER_MS);
  const waits = Array.from({ length: count }, (_, i) => ({
    eventType: 'wait_created' as const,
    correlationId: `${prefix}-${i}`,
    eventData: { resumeAt },
  }));
  for (let start = 0; start < count; start += 1000) {
    await world.events.createBatch(runId, waits.slice(start, start + 1000));
  }
}
