import type { QueueSettings } from '../queue/settings.js';
import type { World } from '../world.js';
import { type JobName, type JobRequest, jobs } from './jobs.js';
import type { WorkerMessage } from './processes.js';
import type { ConformanceTarget } from './target.js';

/** A process of the conformance suite: opens the world under test, waits for the word, runs one job. */

interface WorkerRequest {
  readonly module: NonNullable<ConformanceTarget['module']>;
  readonly namespace: string;
  readonly job: JobName;
  readonly args: JobRequest<JobName>;
}

interface WorldModule {
  createWorld(options: {
    url?: string | undefined;
    namespace: string;
    queue?: QueueSettings;
  }): World | Promise<World>;
}

const send = (message: WorkerMessage): void => {
  process.send?.(message);
};

async function main({ module, namespace, job, args }: WorkerRequest): Promise<void> {
  const { createWorld } = (await import(module.specifier)) as WorldModule;
  const open = async (queue?: QueueSettings): Promise<World> =>
    createWorld({
      ...(module.url !== undefined && { url: module.url }),
      namespace,
      ...(queue && { queue }),
    });
  const world = await open();
  const started = new Promise((resolve) => process.once('message', resolve));
  send({ kind: 'ready' });
  await started;
  const run = jobs[job] as (
    world: World,
    args: unknown,
    report: (value: unknown) => void,
    openAnother: typeof open,
  ) => Promise<unknown>;
  const report = (progress: unknown): void => send({ kind: 'progress', value: progress });
  const value = await run(world, args, report, open);
  send({ kind: 'done', value });
  await world.close();
  process.disconnect();
}

// The parent is gone: nobody waits for this job.
process.once('disconnect', () => process.exit());

main(JSON.parse(process.argv[2] ?? '{}') as WorkerRequest).catch((error: unknown) => {
  send({
    kind: 'failed',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
});
