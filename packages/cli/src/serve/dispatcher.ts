import type { World } from '@world/contract';
import { messageOf } from '../cli-error.js';
import type { Session } from '../session.js';
import { printLine } from '../terminal/output.js';
import type { WorldOpener } from '../worlds/open-world.js';

/** To whom messages go, and of which namespace. */
export interface DispatchRequest {
  readonly deliverTo?: string | undefined;
  readonly deliverNamespace: string;
  readonly stopTimeoutMs: number;
}

/** Delivers the messages of a namespace to an app, until it is closed; undefined when there is no app. */
export async function startDispatcher(
  openWorld: WorldOpener,
  { deliverTo, deliverNamespace, stopTimeoutMs }: DispatchRequest,
  { stderr }: Session,
): Promise<World | undefined> {
  if (deliverTo === undefined) return undefined;
  const onProblem = (problem: string, details: object): void => {
    const error = 'error' in details && { error: messageOf(details.error) };
    const told = { time: new Date().toISOString(), problem, ...details, ...error };
    printLine(stderr, JSON.stringify(told));
  };
  const world = openWorld(deliverNamespace, {
    role: 'worker',
    baseUrl: deliverTo,
    drainMs: stopTimeoutMs,
    onProblem,
  });
  try {
    await world.start();
    return world;
  } catch (error) {
    await world.close();
    throw error;
  }
}
