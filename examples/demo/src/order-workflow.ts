import type { CreateEventRequest, Event, World } from '@world/contract';

/** The workflow of the race, its requests, and what a replay of its log concludes. */

export const SLEEP_MS = 100;

export const WORKFLOW_CODE: readonly string[] = [
  'const first = await Promise.race([approval, sleep(100)]);',
  "if (first === approval) await step('chargeCard');",
  "else                    await step('cancelOrder');",
];

const HOOK_ID = 'hook_approval';
const WAIT_ID = 'wait_sleep';

/** The step of a branch. */
export const STEP_OF = { hook: 'chargeCard', sleep: 'cancelOrder' } as const;
export type Branch = keyof typeof STEP_OF;

/** The branch that a replay of the log takes; undefined while the race is open. */
export function branchOf(log: readonly Event[]): Branch | undefined {
  for (const { eventType } of log) {
    if (eventType === 'hook_received') return 'hook';
    if (eventType === 'wait_completed') return 'sleep';
  }
  return undefined;
}

const stepId = (branch: Branch): string => `step_${STEP_OF[branch]}`;

/** Requests of the run, by the name of what they do. */
export const request = {
  approve: (): CreateEventRequest => ({
    eventType: 'hook_received',
    correlationId: HOOK_ID,
    eventData: { payload: { approved: true } },
  }),
  completeSleep: (): CreateEventRequest => ({
    eventType: 'wait_completed',
    correlationId: WAIT_ID,
  }),
  disposeHook: (): CreateEventRequest => ({ eventType: 'hook_disposed', correlationId: HOOK_ID }),
  createStep: (branch: Branch): CreateEventRequest => ({
    eventType: 'step_created',
    correlationId: stepId(branch),
    eventData: { stepName: STEP_OF[branch], input: [] },
  }),
  startStep: (branch: Branch): CreateEventRequest => ({
    eventType: 'step_started',
    correlationId: stepId(branch),
  }),
  completeStep: (branch: Branch): CreateEventRequest => ({
    eventType: 'step_completed',
    correlationId: stepId(branch),
    eventData: { result: 'done' },
  }),
  completeRun: (): CreateEventRequest => ({
    eventType: 'run_completed',
    eventData: { output: 'done' },
  }),
};

/** Starts a run that waits for its hook and its sleep, in one commit. */
export async function startOrder(world: World, runId: string): Promise<Date> {
  const resumeAt = new Date(Date.now() + SLEEP_MS);
  await world.events.createBatch(runId, [
    {
      eventType: 'run_created',
      eventData: { deploymentId: 'demo', workflowName: 'order', input: [] },
    },
    { eventType: 'run_started' },
    {
      eventType: 'hook_created',
      correlationId: HOOK_ID,
      eventData: { token: `approve-${runId}` },
    },
    { eventType: 'wait_created', correlationId: WAIT_ID, eventData: { resumeAt } },
  ]);
  return resumeAt;
}
