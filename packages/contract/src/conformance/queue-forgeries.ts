import assert from 'node:assert/strict';
import { deliveryRequest } from '../queue/delivery-request.js';
import { newMessage } from '../queue/new-message.js';
import { REPLAY_WINDOW_MS, type Secret } from '../queue/signature.js';
import { createRunId } from '../run-id.js';
import { type AppServer, withApp } from './app-server.js';
import { expectInvalid, expectRefused } from './expect.js';
import { FLOW, wake } from './queue-given.js';
import type { ConformanceTest } from './types.js';

interface Forgery {
  readonly secret: Secret;
  readonly nowMs?: number;
  readonly headers?: Record<string, string>;
  readonly path?: string;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** Sends a delivery that somebody has made up; the status of the answer. */
async function forge(app: AppServer, forgery: Forgery): Promise<number> {
  const { secret, nowMs = Date.now(), headers = {}, path = '', body } = forgery;
  const message = newMessage(FLOW, { runId: createRunId() }, {}, 1_000_000);
  const claimed = { ...message, failures: 0 };
  const made = await deliveryRequest(claimed, { baseUrl: app.baseUrl, secret, nowMs });
  const response = await fetch(path === '' ? made.url : `${app.baseUrl}${path}`, {
    method: 'POST',
    headers: { ...made.headers, ...headers },
    body: body ?? made.body,
  });
  await response.text();
  return response.status;
}

/** The queue against those who send what they should not. */
export const queueForgeryTests: readonly ConformanceTest[] = [
  {
    id: 'Q20-forged',
    title:
      'Q20 LI2 a delivery is believed only when the world has signed it: path, message, queue, attempt, time and body',
    needs: ['queue'],
    async run({ world }) {
      await withApp(world, async (app) => {
        const secret = await world.messages.secret();
        const now = Date.now();
        assert.equal(await forge(app, { secret }), 200);
        assert.equal(app.deliveries.length, 1);
        const forged: readonly Forgery[] = [
          { secret: new Uint8Array(32) },
          { secret, nowMs: now - REPLAY_WINDOW_MS - 1000 },
          { secret, nowMs: now + REPLAY_WINDOW_MS + 1000 },
          { secret, headers: { 'x-world-time': `${now + 1}` } },
          { secret, headers: { 'x-world-attempt': '2' } },
          { secret, headers: { 'x-world-message-id': 'msg_other' } },
          { secret, headers: { 'x-world-queue-name': '__wkf_workflow_other' } },
          { secret, headers: { 'x-world-signature': `v1=${'0'.repeat(64)}` } },
          { secret, headers: { 'x-world-signature': 'v1=' } },
          { secret, headers: { 'x-world-signature': '' } },
          { secret, path: '/.well-known/workflow/v1/step' },
          { secret, body: Uint8Array.of(0xa0) },
        ];
        for (const one of forged) assert.equal(await forge(app, one), 401, JSON.stringify(one));
        const malformed = [
          { 'x-world-attempt': '0' },
          { 'x-world-attempt': '1e3' },
          { 'x-world-time': 'now' },
          { 'x-world-queue-name': 'orders' },
          { 'x-world-queue-name': '%' },
          { 'x-world-message-id': '' },
        ];
        for (const headers of malformed) {
          assert.equal(await forge(app, { secret, headers }), 400, JSON.stringify(headers));
        }
        assert.equal(app.deliveries.length, 1, 'no handler was called');
      });
    },
  },
  {
    id: 'Q20-other-namespaces',
    title:
      'Q20 LI2 what another namespace has signed is not believed, though this process delivers for it',
    needs: ['queue'],
    async run({ world, openElsewhere }) {
      const elsewhere = await openElsewhere();
      await elsewhere.start();
      await withApp(world, async (app) => {
        assert.equal(await forge(app, { secret: await elsewhere.messages.secret() }), 401);
        assert.equal(await forge(app, { secret: await world.messages.secret() }), 200);
      });
    },
  },
  {
    id: 'Q20-renewed',
    title: 'Q20 a namespace that was removed has another secret, which running processes find out',
    needs: ['queue'],
    async run({ world, open }) {
      await withApp(world, async (app) => {
        const old = await world.messages.secret();
        assert.equal(await forge(app, { secret: old }), 200);
        await world.deleteNamespace();
        const secret = await (await open()).messages.secret();
        assert.notDeepEqual(secret, old);
        // Strangers make it ask once a second, no more.
        const deadline = Date.now() + 5000;
        let status = 0;
        while (status !== 200 && Date.now() < deadline) status = await forge(app, { secret });
        assert.equal(status, 200);
        assert.equal(await forge(app, { secret: old }), 401);
      });
    },
  },
  {
    id: 'Q20-secrets',
    title:
      'Q20 LI2 given secrets take the place of the store’s; an old one is taken until it is removed',
    needs: ['queue'],
    async run({ world, open }) {
      const own = await open({ secrets: ['new', 'old'] });
      await withApp(own, async (app) => {
        assert.equal(await forge(app, { secret: 'new' }), 200);
        assert.equal(await forge(app, { secret: 'old' }), 200);
        assert.equal(await forge(app, { secret: 'older' }), 401);
        assert.equal(await forge(app, { secret: await world.messages.secret() }), 401);
      });
    },
  },
  {
    id: 'Q21-bad-messages',
    title: 'Q21 QU10 what cannot be queued rejects: names, payloads, options, a closed world',
    needs: ['queue'],
    async run({ world, open }) {
      const runId = createRunId();
      const bad = (queueName: unknown, message: unknown, options?: unknown) => () =>
        world.queue(queueName as string, message as { runId: string }, options as object);
      for (const name of ['', 'orders', '__wkf_other_a', undefined, 7, '__wkf_workflow_\0']) {
        await expectInvalid('queueName', bad(name, { runId }));
      }
      for (const message of [undefined, null, 'run', {}, { runId: 7 }, { runId: '' }]) {
        await expectRefused('INVALID_ARGUMENT', bad(FLOW, message));
      }
      await expectInvalid('message.requestedAt', bad(FLOW, { runId, requestedAt: () => 1 }));
      await expectInvalid('opts.delaySeconds', bad(FLOW, { runId }, { delaySeconds: -1 }));
      await expectInvalid('opts.delaySeconds', bad(FLOW, { runId }, { delaySeconds: Number.NaN }));
      await expectInvalid('opts.delaySeconds', bad(FLOW, { runId }, { delaySeconds: 1e12 }));
      await expectInvalid('opts.idempotencyKey', bad(FLOW, { runId }, { idempotencyKey: '' }));
      await expectInvalid('opts.headers.a', bad(FLOW, { runId }, { headers: { a: 1 } }));
      const headers = [
        { 'bad name': 'x' },
        { a: 'x\ny' },
        { a: 'é中' },
        { 'X-World-Attempt': '9' },
        { 'content-length': '3' },
        { 'transfer-encoding': 'chunked' },
      ];
      for (const one of headers) {
        await expectRefused('INVALID_ARGUMENT', bad(FLOW, { runId }, { headers: one }));
      }
      for (const id of ['', 5, {}]) {
        const health = { __healthCheck: true, correlationId: 'a', runId: id };
        await expectRefused('INVALID_ARGUMENT', bad(FLOW, health));
      }
      const huge = { runId, runInput: { input: new Uint8Array(5 * 1024 * 1024) } };
      await expectInvalid('message.runInput.input', bad(FLOW, huge));
      assert.throws(() => world.createQueueHandler('orders', async () => {}), /queueNamePrefix/);
      const { messages } = world;
      const claim = { messageId: 'msg_a', token: 'a' };
      await expectInvalid('request.limit', () =>
        messages.claim({ topic: 'step', limit: 0, leaseMs: 1, token: 'a' }),
      );
      await expectInvalid('request.leaseMs', () =>
        messages.claim({ topic: 'step', limit: 1, leaseMs: Number.NaN, token: 'a' }),
      );
      await expectInvalid('leaseMs', () => messages.extend([claim], 0));
      await expectRefused('INVALID_ARGUMENT', () =>
        messages.settle(claim, { kind: 'gone' } as never),
      );
      await expectInvalid('limit', () => messages.list({ limit: 0 }));
      assert.deepEqual(await messages.list({ limit: 10 }), []);
      const closed = await open();
      await closed.close();
      await expectRefused('WORLD_CLOSED', () => wake(closed, runId));
      await expectRefused('WORLD_CLOSED', () => closed.start());
    },
  },
];
