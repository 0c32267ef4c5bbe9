import type { getWorld } from 'workflow/runtime';

type World = ReturnType<typeof getWorld>;
type EventRequest = Parameters<World['events']['create']>[1];

const CALLERS = 16;
const bytes = new Uint8Array([1, 2, 3]);
const specVersion = 3;
const correlationId = 'one';

const created = {
  step: event('step_created', { stepName: 'step', input: bytes }),
  wait: event('wait_created', { resumeAt: new Date(Date.now() + 3_600_000) }),
  hook: event('hook_created', { token: crypto.randomUUID() }),
};
const started = event('step_started', {});

/** Events that may happen once: what they need before them, and the event. */
export const CREATE_ONCE: Record<string, readonly EventRequest[]> = {
  step_created: [created.step],
  wait_created: [created.wait],
  hook_created: [created.hook],
  step_completed: [created.step, started, event('step_completed', { result: bytes })],
  step_failed: [created.step, started, event('step_failed', { error: bytes })],
  wait_completed: [created.wait, event('wait_completed', undefined)],
  run_completed: [{ eventType: 'run_completed', specVersion, eventData: { output: bytes } }],
  run_failed: [{ eventType: 'run_failed', specVersion, eventData: { error: bytes } }],
};

function event(eventType: string, eventData: object | undefined): EventRequest {
  return { eventType, specVersion, correlationId, eventData } as EventRequest;
}

/** What became of callers that appended the same event at once: names of errors, and how often the log has the event. */
export interface RaceReport {
  readonly won: number;
  readonly errors: string[];
  readonly logged: number;
}

/** Lets 16 callers append one of the events to a new run. */
export async function raceCreateOnce({ events }: World, name: string): Promise<RaceReport> {
  const path = [...(CREATE_ONCE[name] ?? [])];
  const raced = path.pop();
  if (raced === undefined) throw new Error(`no event ${name}`);
  const { run } = await events.create(null, {
    eventType: 'run_created',
    specVersion,
    eventData: { deploymentId: 'none', workflowName: 'workflow//none//raced', input: bytes },
  });
  const runId = run?.runId ?? '';
  await events.create(runId, { eventType: 'run_started', specVersion });
  for (const one of path) await events.create(runId, one);
  const calls = Array.from({ length: CALLERS }, () => events.create(runId, raced));
  const outcomes = await Promise.allSettled(calls);
  const { data } = await events.list({ runId });
  // A run that is over is not recovered.
  if (!name.startsWith('run_')) {
    await events.create(runId, { eventType: 'run_cancelled', specVersion });
  }
  return {
    won: outcomes.filter(({ status }) => status === 'fulfilled').length,
    errors: outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.name] : [])),
    logged: data.filter(({ eventType }) => eventType === raced.eventType).length,
  };
}
