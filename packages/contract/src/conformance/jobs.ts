import type { CreateEventParams } from '../create-event-params.js';
import { WorldError } from '../errors.js';
import type { CreateEventRequest } from '../events.js';
import type { QueueSettings } from '../queue/settings.js';
import type { World } from '../world.js';
import { AppServer } from './app-server.js';
import { wake } from './queue-given.js';
import { readStream, texts } from './read-stream.js';
import { request } from './requests.js';

/** What workers can be told to do. Arguments and results travel between processes, so they are plain data. */

/** A delivery that a job handles, or has handled; times are epoch ms. */
export interface Handled {
  readonly messageId: string;
  readonly attempt: number;
  readonly runId: string | undefined;
  readonly from: number;
  readonly to?: number;
}

interface Jobs {
  /** `writers` concurrent writers append `count` waits each; reports the id of every acknowledged event. */
  appendWaits: { runId: string; prefix: string; writers: number; count: number };
  /** Appends the same request `count` times at once; returns the outcomes: the event type, or the code. */
  appendSame: {
    runId: string;
    request: CreateEventRequest;
    params?: CreateEventParams;
    count: number;
  };
  /** Runs whole steps until killed; reports the correlation id of every acknowledged event. */
  runSteps: { runId: string; prefix: string };
  /** Delivers messages to an app of its own until killed; its handlers take so long. Reports begins and ends. */
  deliver: { holdMs: number };
  /** Wakes a run after a delay; reports the id of the message, and waits to be killed. */
  wakeLater: { runId: string; delaySeconds: number };
  /** Writes `count` Multis of `multi` chunks, numbered, one after the other; reports each that is acknowledged. */
  writeStream: { name: string; runId: string; prefix: string; multi: number; count: number };
  /** Reads a stream to its end; returns the chunks as text. */
  readStream: { name: string; startIndex: number };
}

export type JobName = keyof Jobs;
export type JobRequest<N extends JobName> = Jobs[N];

type Job<N extends JobName> = (
  world: World,
  args: Jobs[N],
  report: (value: unknown) => void,
  open: (queue: QueueSettings) => Promise<World>,
) => Promise<unknown>;

export const jobs: { readonly [N in JobName]: Job<N> } = {
  async appendWaits(world, { runId, prefix, writers, count }, report) {
    const writer = async (index: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        const { event } = await world.events.create(
          runId,
          request.waitCreated(`${prefix}-${index}-${i}`),
        );
        report(event?.eventId);
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, index) => writer(index)));
    return writers * count;
  },

  async appendSame(world, { runId, request: same, params, count }) {
    return Promise.all(
      Array.from({ length: count }, async () => {
        try {
          const { event } = await world.events.create(runId, same, params);
          return event?.eventType ?? 'nothing';
        } catch (error) {
          if (WorldError.is(error)) return error.code;
          throw error;
        }
      }),
    );
  },

  async runSteps(world, { runId, prefix }, report) {
    for (let i = 0; ; i += 1) {
      const id = `${prefix}-${i}`;
      await world.events.create(runId, request.stepCreated(id));
      report({ id, type: 'step_created' });
      await world.events.create(runId, request.stepStarted(id));
      report({ id, type: 'step_started' });
      await world.events.create(runId, request.stepCompleted(id));
      report({ id, type: 'step_completed' });
    }
  },

  async deliver(world, { holdMs }, report, open) {
    const app = await AppServer.start(world);
    app.handle(async ({ message, messageId, attempt }) => {
      const { runId } = message as { runId?: string };
      const from = Date.now();
      report({ messageId, attempt, runId, from } satisfies Handled);
      await new Promise((resolve) => setTimeout(resolve, holdMs));
      report({ messageId, attempt, runId, from, to: Date.now() } satisfies Handled);
    });
    const worker = await open({ baseUrl: app.baseUrl, recovery: false, onProblem: () => {} });
    await worker.start();
    report('started');
    await new Promise(() => {});
  },

  async wakeLater(world, { runId, delaySeconds }, report) {
    report(await wake(world, runId, { delaySeconds }));
    await new Promise(() => {});
  },

  async writeStream(world, { name, runId, prefix, multi, count }, report) {
    for (let i = 0; i < count; i += 1) {
      await world.writeToStreamMulti(name, runId, texts(multi, `${prefix}-${i}`), {
        writer: { id: prefix, seq: i + 1 },
      });
      report(i);
    }
  },

  readStream: (world, { name, startIndex }) => readStream(world, name, startIndex),
};
