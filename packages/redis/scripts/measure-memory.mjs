// Measures what runs take in the memory of a server: node packages/redis/scripts/measure-memory.mjs
// Needs a build (npx -y pnpm@12 build). Starts a server of its own.
import { createRunId } from '@world/contract';
import { createWorld } from '@world/redis';
import { startRedis } from '@world/redis-servers';
import { Redis } from 'ioredis';

const RUNS = 100;
const STEPS = 50;
const PAYLOAD_BYTES = 200;

const server = await startRedis();
const redis = new Redis({ port: server.port, protocol: 2 });
const world = createWorld({ url: server.url });
const payload = new Uint8Array(PAYLOAD_BYTES).fill(7);

async function usedMemory() {
  const info = await redis.info('memory');
  return Number(/used_memory_dataset:(\d+)/.exec(info)?.[1]);
}

async function keysNow() {
  return redis.dbsize();
}

async function measure(what, count, work) {
  const [bytes, keys] = [await usedMemory(), await keysNow()];
  await work();
  const [more, moreKeys] = [(await usedMemory()) - bytes, (await keysNow()) - keys];
  const each = (total) => (total / count).toFixed(total / count < 10 ? 2 : 0);
  console.log(`${what}: ${each(more)} bytes, ${each(moreKeys)} keys each`);
  return more;
}

const runIds = Array.from({ length: RUNS }, createRunId);
const eventData = { deploymentId: 'deployment', workflowName: 'flow', input: payload };
const ofAllRuns = (work) => Promise.all(runIds.map(work));

try {
  await redis.info();
  await world.events.create(null, { eventType: 'run_started', eventData }).catch(() => {});
  await measure(`runs, started, ${PAYLOAD_BYTES} bytes of input`, RUNS, () =>
    ofAllRuns((runId) => world.events.create(runId, { eventType: 'run_started', eventData })),
  );
  const steps = RUNS * STEPS;
  const bytes = await measure(
    `steps: created, started, completed; ${PAYLOAD_BYTES} bytes of input and of result`,
    steps,
    () =>
      ofAllRuns(async (runId) => {
        for (let i = 0; i < STEPS; i += 1) {
          const step = { correlationId: `step_${createRunId().slice(5)}` };
          const input = { stepName: 'charge', input: payload };
          await world.events.create(runId, {
            eventType: 'step_created',
            ...step,
            eventData: input,
          });
          await world.events.create(runId, { eventType: 'step_started', ...step });
          const result = { result: payload };
          await world.events.create(runId, {
            eventType: 'step_completed',
            ...step,
            eventData: result,
          });
        }
      }),
  );
  console.log(`that is ${(bytes / steps / 3).toFixed(0)} bytes an event, payload included`);
  await measure('waits: created, completed', steps, () =>
    ofAllRuns(async (runId) => {
      for (let i = 0; i < STEPS; i += 1) {
        const wait = { correlationId: `wait_${createRunId().slice(5)}` };
        const resumeAt = { resumeAt: new Date() };
        await world.events.create(runId, {
          eventType: 'wait_created',
          ...wait,
          eventData: resumeAt,
        });
        await world.events.create(runId, { eventType: 'wait_completed', ...wait });
      }
    }),
  );
  const chunks = RUNS * STEPS;
  for (const size of [50, 1000]) {
    await measure(`chunks of ${size} bytes, 50 a stream`, chunks, () =>
      ofAllRuns(async (runId) => {
        const chunk = new Uint8Array(size).fill(7);
        for (let i = 0; i < STEPS; i += 1) {
          await world.writeToStream(`${runId}-${size}`, runId, chunk);
        }
      }),
    );
  }
  await measure('messages of 200 bytes', RUNS, () =>
    ofAllRuns((runId) => world.queue('__wkf_workflow_flow', { runId, pad: 'x'.repeat(150) })),
  );
} finally {
  await world.close();
  redis.disconnect();
  await server.stop();
}
