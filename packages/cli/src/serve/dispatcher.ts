import type { World } from '@world/contract';
import { CliError, messageOf } from '../cli-error.js';
import type { Session } from '../session.js';
import { printLine } from '../terminal/output.js';
import type { WorldOpener } from '../worlds/open-world.js';

/** To whom messages go, and of which namespaces. */
export interface DispatchRequest {
  readonly deliverTo: string;
  readonly deliverNamespace: readonly string[];
  /** How long closing waits for deliveries under way, ms. */
  readonly stopTimeoutMs: number;
}

/** Delivers the messages of some namespaces to an app. */
export interface Dispatcher {
  /** Delivers from now on; resolves when runs that nothing else would wake are found. */
  start(): Promise<void>;
  /** Finishes deliveries, and hands back what does not end in time. */
  close(): Promise<void>;
}

/** Opens worlds that deliver once they are started. @throws CliError for worlds that have no queue. */
export function createDispatcher(
  openWorld: WorldOpener,
  { deliverTo, deliverNamespace, stopTimeoutMs }: DispatchRequest,
  { stderr }: Session,
): Dispatcher {
  const onProblem = (problem: string, details: object): void => {
    const error = 'error' in details && { error: messageOf(details.error) };
    const told = { time: new Date().toISOString(), problem, ...details, ...error };
    printLine(stderr, JSON.stringify(told));
  };
  const queue = { role: 'worker', baseUrl: deliverTo, drainMs: stopTimeoutMs, onProblem } as const;
  const worlds = [...new Set(deliverNamespace)].map((namespace) => openWorld(namespace, queue));
  assertHaveQueues(worlds);
  return {
    async start() {
      await Promise.all(worlds.map((world) => world.start()));
    },
    async close() {
      await Promise.all(worlds.map((world) => world.close()));
    },
  };
}

function assertHaveQueues(worlds: readonly World[]): void {
  if (worlds.every(({ capabilities }) => capabilities.queue)) return;
  throw new CliError('this world has no queue: leave out --deliver-to');
}
