import assert from 'node:assert/strict';
import { createRunId } from '../run-id.js';
import { withApp } from './app-server.js';
import { startedRun } from './given.js';
import { allMessages, claim, FLOW, invokeStep, STEP, wake } from './queue-given.js';
import { delivering, idle, quiet } from './queue-worker.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

/** Messages on their way to an app and back: with a real worker, a real server, real sockets. */
export const queueDeliveryTests: readonly ConformanceTest[] = [
  {
    id: 'Q11-delivered',
    title: 'Q11 QU9 a message reaches its endpoint as it was sent, bytes and dates included',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        await delivering({ open }, app);
        const runId = createRunId();
        const message = {
          runId,
          requestedAt: new Date('2026-01-02T03:04:05.678Z'),
          traceCarrier: { traceparent: '00-a-b-01' },
          runInput: {
            ...request.runCreated().eventData,
            input: Uint8Array.of(0, 255, 10),
            specVersion: 3,
          },
        };
        const { messageId } = await world.queue(FLOW, message, { headers: { 'x-own': 'a' } });
        const stepMessageId = await invokeStep(world, 'step-a', { runId });
        await idle(world);
        const of = (name: string) => app.deliveries.filter(({ queueName }) => queueName === name);
        assert.deepEqual(of(FLOW), [{ message, messageId, attempt: 1, queueName: FLOW }]);
        assert.deepEqual(
          of(STEP).map((one) => [one.messageId, one.attempt]),
          [[stepMessageId, 1]],
        );
      });
    },
  },
  {
    id: 'Q12-again',
    title:
      'Q12 QU7 QU9 timeoutSeconds brings the same message again, 0 at once, later ones not before; attempt stays',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        await delivering({ open }, app);
        const times: number[] = [];
        const answers = [0, 0, 1, undefined];
        app.handle(async () => {
          times.push(performance.now());
          const timeoutSeconds = answers[times.length - 1];
          return timeoutSeconds === undefined ? undefined : { timeoutSeconds };
        });
        const messageId = await wake(world, createRunId());
        await idle(world);
        assert.deepEqual(
          app.deliveries.map((one) => [one.messageId, one.attempt]),
          Array.from({ length: 4 }, () => [messageId, 1]),
        );
        const [, , third = 0, fourth = 0] = times;
        assert.ok(fourth - third > 950, `again after ${fourth - third} ms`);
      });
    },
  },
  {
    id: 'Q13-failures',
    title:
      'Q13 QU9 a delivery that fails is repeated with a higher attempt; 503 is soon repeated, and no failure',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        await delivering({ open }, app);
        app.handle(async ({ attempt }) => {
          if (attempt < 3) throw new Error('not yet');
        });
        const messageId = await invokeStep(world, 'step-a');
        await idle(world);
        assert.deepEqual(
          app.deliveries.map((one) => [one.messageId, one.attempt]),
          [1, 2, 3].map((attempt) => [messageId, attempt]),
        );
        app.refusal = { status: 503 };
        await invokeStep(world, 'step-b');
        await app.until(() => app.statuses.filter((status) => status === 503).length >= 3);
        app.refusal = undefined;
        await idle(world);
        assert.equal(app.deliveries.at(-1)?.attempt, 3, 'the handler fails twice by itself');
        assert.equal(app.deliveries.length, 6);
      });
    },
  },
  {
    id: 'Q13-no-endpoint',
    title: 'Q13 an answer that is no queue handler’s takes no message',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        await delivering({ open }, app);
        app.refusal = { status: 200 };
        const messageId = await wake(world, createRunId());
        await app.until(() => app.statuses.length >= 2);
        app.refusal = undefined;
        await idle(world);
        assert.equal(app.deliveries.at(-1)?.messageId, messageId);
        assert.ok((app.deliveries.at(-1)?.attempt ?? 0) > 1);
      });
    },
  },
  {
    id: 'Q13-dead',
    title:
      'Q13 QU8 a message that has failed 64 times is dead: kept with its reason, and not delivered',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        const messageId = await invokeStep(world, 'step-a');
        for (let i = 0; i < 63; i += 1) {
          const [one] = await claim(world, 'step');
          assert.ok(one !== undefined);
          const { token } = one;
          const settlement = { kind: 'later', delayMs: 0, failed: true } as const;
          await world.messages.settle({ messageId, token }, settlement);
        }
        app.handle(async () => {
          throw new Error('it fails');
        });
        await delivering({ open }, app);
        await idle(world);
        assert.deepEqual(
          app.deliveries.map(({ attempt }) => attempt),
          [64],
        );
        const [dead] = await world.messages.list({ state: 'dead', limit: 10 });
        assert.equal(dead?.messageId, messageId);
        assert.match(dead?.reason ?? '', /it fails/);
      });
    },
  },
  {
    id: 'Q14-one-tick-at-a-time',
    title:
      'Q14 QU1 QU11 two workers, 110 wakes during a tick: one further tick, and never two of a run at once',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        await delivering({ open }, app);
        await delivering({ open }, app);
        const runId = createRunId();
        let ticking = 0;
        let most = 0;
        app.handle(async () => {
          ticking += 1;
          most = Math.max(most, ticking);
          if (app.deliveries.length === 1) {
            await Promise.all(Array.from({ length: 110 }, () => wake(world, runId)));
          }
          ticking -= 1;
        });
        await wake(world, runId);
        await idle(world);
        assert.deepEqual([app.deliveries.length, most], [2, 1]);
      });
    },
  },
  {
    id: 'Q15-concurrency',
    title: 'Q15 a worker delivers as many steps at a time as it may, and no more',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        let running = 0;
        let most = 0;
        let release: () => void = () => {};
        const released = new Promise<void>((resolve) => {
          release = resolve;
        });
        app.handle(async () => {
          running += 1;
          most = Math.max(most, running);
          await released;
          running -= 1;
        });
        for (let i = 0; i < 12; i += 1) await invokeStep(world, `step-${i}`);
        await delivering({ open }, app, { concurrency: 4 });
        await app.until(() => running === 4);
        assert.equal((await world.messages.list({ state: 'claimed', limit: 100 })).length, 4);
        release();
        await idle(world);
        assert.equal(app.deliveries.length, 12);
        assert.equal(most, 4);
      });
    },
  },
  {
    id: 'Q16-long-steps',
    title:
      'Q16 QU5 a step that runs longer than its lease is delivered once, while its worker lives',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        await delivering({ open }, app, { leaseMs: 400 });
        await delivering({ open }, app, { leaseMs: 400 });
        app.handle(() => new Promise((resolve) => setTimeout(resolve, 1500)));
        await invokeStep(world, 'step-a');
        await idle(world);
        assert.equal(app.deliveries.length, 1);
      });
    },
  },
  {
    id: 'Q17-close',
    title:
      'Q17 LI1 close() finishes deliveries under way; what does not end in time is handed back at once',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        const first = await delivering({ open }, app, { drainMs: 5000 });
        let finish: () => void = () => {};
        app.handle(
          () =>
            new Promise((resolve) => {
              finish = () => resolve(undefined);
            }),
        );
        await invokeStep(world, 'step-a');
        await app.until(() => app.deliveries.length === 1);
        const closed = first.close();
        finish();
        await closed;
        assert.deepEqual(await allMessages(world), []);

        const second = await delivering({ open }, app, { drainMs: 0 });
        const messageId = await invokeStep(world, 'step-b');
        await app.until(() => app.deliveries.length === 2);
        await second.close();
        const [back] = await allMessages(world);
        assert.deepEqual([back?.messageId, back?.state, back?.failures], [messageId, 'waiting', 0]);
        app.handle(async () => {});
        await delivering({ open }, app);
        await idle(world);
        assert.equal(app.deliveries.at(-1)?.messageId, messageId);
      });
    },
  },
  {
    id: 'Q18-roles',
    title: 'Q18 LI3 a producer delivers nothing, and neither does a world that was not started',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        await delivering({ open }, app, { role: 'producer' });
        await open({ ...quiet, baseUrl: app.baseUrl });
        const messageId = await wake(world, createRunId());
        const [one] = await claim(world, 'workflow', { leaseMs: 300 });
        assert.equal(one?.messageId, messageId, 'nobody else takes it');
        await delivering({ open }, app, { role: 'worker' });
        await idle(world);
        assert.equal(app.deliveries.length, 1);
      });
    },
  },
  {
    id: 'Q19-recovery',
    title:
      'Q19 QU12 start() wakes each open run that nothing else would wake, once, however many start; not parked and ended ones',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        const { runId: lost } = await startedRun(world);
        const { runId: parked } = await startedRun(world);
        const { runId: busy } = await startedRun(world);
        const { runId: ended } = await startedRun(world);
        await world.events.create(ended, request.runCompleted());
        await wake(world, parked, { delaySeconds: 3600 });
        await invokeStep(world, 'step-a', { runId: busy, delaySeconds: 3600 });
        const recovery = { everyMs: 50 };
        const workers = [
          { ...quiet, baseUrl: app.baseUrl, recovery },
          { ...quiet, baseUrl: app.baseUrl, recovery },
        ];
        const opened = await Promise.all(workers.map((settings) => open(settings)));
        await Promise.all(opened.map((one) => one.start()));
        await app.until(() => app.deliveries.length >= 1);
        // Further sweeps find nothing new.
        await new Promise((resolve) => setTimeout(resolve, 300));
        const woken = app.deliveries.map(({ message }) => (message as { runId: string }).runId);
        assert.deepEqual([...new Set(woken)], [lost]);
        assert.ok(woken.length <= 2, 'at most once by each process');
        const waiting = await allMessages(world);
        assert.equal(waiting.length, 2);

        const off = await open({ ...quiet, baseUrl: app.baseUrl, recovery: false });
        const count = app.deliveries.length;
        await Promise.all(opened.map((one) => one.close()));
        await off.start();
        assert.equal((await allMessages(world)).length, 2);
        assert.equal(app.deliveries.length, count);
      });
    },
  },
];
