import assert from 'node:assert/strict';
import { createRunId } from '../run-id.js';
import { createdRun, startedRun } from './given.js';
import {
  allMessages,
  claim,
  claimNext,
  done,
  FLOW,
  invokeStep,
  LONG_MS,
  later,
  refOf,
  STEP,
  wake,
} from './queue-given.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const idsOf = (claims: readonly { readonly messageId: string }[]): string[] =>
  claims.map(({ messageId }) => messageId);

/** Messages, and who holds them. */
export const queueClaimTests: readonly ConformanceTest[] = [
  {
    id: 'Q1-once-claimed',
    title: 'Q1 a due message is claimed once, whoever asks, oldest first; done, it is gone',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const sent: string[] = [];
      for (let i = 0; i < 40; i += 1) sent.push(await invokeStep(world, `step-${i}`));
      const [first] = await claim(other, 'step', { limit: 1 });
      assert.ok(first !== undefined);
      assert.equal(first.messageId, sent[0]);
      const rest = await Promise.all(
        Array.from({ length: 16 }, (_, i) => claim(i % 2 ? world : other, 'step', { limit: 5 })),
      );
      assert.deepEqual(idsOf(rest.flat()).sort(), sent.slice(1).sort());
      assert.deepEqual(await claim(world, 'workflow'), [], 'topics are apart');
      for (const one of [first, ...rest.flat()]) assert.equal(await done(world, one), true);
      assert.deepEqual(await allMessages(other), []);
    },
  },
  {
    id: 'Q1-claim-bytes',
    title:
      'Q1 a claim gives 4 MiB of data at most, or one message that has more; the rest is due at once',
    needs: ['queue'],
    async run({ world }) {
      for (const mib of [1.5, 1.5, 1.5, 1, 0.1]) {
        const data = new Uint8Array(mib * 1024 * 1024);
        const message = { __healthCheck: true, correlationId: 'a', data } as const;
        await world.queue(STEP, message);
      }
      const sizes: number[][] = [];
      for (let token = 0; sizes.flat().length < 5; token += 1) {
        const request = { topic: 'step', limit: 100, leaseMs: LONG_MS, token: `${token}` } as const;
        const { messages, nextInMs } = await world.messages.claim(request);
        sizes.push(messages.map(({ data }) => Math.round((10 * data.length) / 1024 / 1024) / 10));
        assert.ok(messages.length > 0);
        if (sizes.flat().length < 5) assert.equal(nextInMs, 0);
      }
      assert.deepEqual(sizes, [
        [1.5, 1.5],
        [1.5, 1, 0.1],
      ]);
    },
  },
  {
    id: 'Q2-stale-claim',
    title:
      'Q2 QU5 QU9 a claim that ran out settles and extends nothing; the message keeps its id, and has failed once',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const messageId = await invokeStep(world, 'step-a');
      const stalled = await claimNext(world, 'step', { leaseMs: 50 });
      assert.equal(stalled.message.failures, 0);
      const taken = await claimNext(other, 'step');
      assert.deepEqual([taken.messageId, taken.message.failures], [messageId, 1]);
      assert.equal(await done(world, stalled), false);
      assert.equal(await later(world, stalled), false);
      assert.deepEqual(await world.messages.extend([refOf(stalled), refOf(taken)], LONG_MS), [
        false,
        true,
      ]);
      const [record] = await allMessages(world);
      assert.equal(record?.state, 'claimed');
      assert.equal(await done(other, taken), true);
      assert.equal(await done(other, taken), false, 'settled once');
    },
  },
  {
    id: 'Q2-extended-claim',
    title: 'Q2 a claim that is extended holds beyond its first lease',
    needs: ['queue'],
    async run({ world }) {
      const kept = await invokeStep(world, 'step-kept');
      const held = await claimNext(world, 'step', { leaseMs: 400 });
      assert.equal(held.messageId, kept);
      assert.deepEqual(await world.messages.extend([refOf(held)], LONG_MS), [true]);
      // When this one has run out, the first lease has too.
      await invokeStep(world, 'step-lost');
      await claimNext(world, 'step', { leaseMs: 500 });
      const next = await claimNext(world, 'step');
      assert.notEqual(next.messageId, kept);
      assert.equal(await done(world, held), true);
    },
  },
  {
    id: 'Q3-failures',
    title: 'Q3 QU8 QU9 failures are counted, reschedules are not, and 64 deliveries are no end',
    needs: ['queue'],
    async run({ world }) {
      const messageId = await wake(world, createRunId());
      for (let failures = 0; failures < 64; failures += 1) {
        const again = await claimNext(world, 'workflow');
        assert.deepEqual([again.messageId, again.message.failures], [messageId, failures]);
        await later(world, again);
        const same = await claimNext(world, 'workflow');
        assert.equal(same.message.failures, failures);
        await later(world, same, { failed: true });
      }
      const last = await claimNext(world, 'workflow');
      assert.equal(last.message.failures, 64);
    },
  },
  {
    id: 'Q4-delays',
    title: 'Q4 QU7 nothing is delivered before its time: delaySeconds, and what is asked for later',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const delayed = await wake(world, createRunId(), { delaySeconds: 0.3 });
      const sentAt = performance.now();
      assert.deepEqual(await claim(other, 'workflow'), []);
      const one = await claimNext(other, 'workflow');
      assert.equal(one.messageId, delayed);
      assert.ok(performance.now() - sentAt > 250, 'not before its time');
      const askedAt = performance.now();
      await later(other, one, { delayMs: 300 });
      assert.deepEqual(await claim(world, 'workflow'), []);
      assert.equal((await claimNext(world, 'workflow')).messageId, delayed);
      assert.ok(performance.now() - askedAt > 250, 'not before its time');
      await wake(world, createRunId(), { delaySeconds: 86_400 * 365 });
      const { nextInMs } = await world.messages.claim({
        topic: 'workflow',
        limit: 1,
        leaseMs: LONG_MS,
        token: 'next',
      });
      assert.ok((nextInMs ?? 0) > LONG_MS - 60_000 && (nextInMs ?? 0) <= LONG_MS, 'the claim ends');
    },
  },
  {
    id: 'Q5-keys',
    title: 'Q5 QU3 QU4 a key is held while its message is outstanding, and no longer',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const idempotencyKey = 'step-a';
      const racing = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          invokeStep(i % 2 ? world : other, 'step-a', { idempotencyKey }),
        ),
      );
      assert.equal(new Set(racing).size, 1, 'one message');
      const one = await claimNext(world, 'step');
      assert.equal(await invokeStep(other, 'step-a', { idempotencyKey }), one.messageId);
      await later(world, one, { delayMs: LONG_MS });
      assert.equal(await invokeStep(other, 'step-a', { idempotencyKey }), one.messageId);
      assert.equal((await allMessages(world)).length, 1);

      const ended = await invokeStep(world, 'step-b', { idempotencyKey: 'step-b' });
      await done(world, await claimNext(world, 'step'));
      const again = await invokeStep(world, 'step-b', { idempotencyKey: 'step-b' });
      assert.notEqual(again, ended);
      const failing = await claimNext(world, 'step');
      await world.messages.settle(refOf(failing), { kind: 'dead', reason: 'it fails' });
      const after = await invokeStep(world, 'step-b', { idempotencyKey: 'step-b' });
      assert.notEqual(after, again, 'a dead message holds no key');
    },
  },
  {
    id: 'Q6-one-in-flight',
    title:
      'Q6 QU1 QU2 of a run one workflow message is claimed at a time, whatever key others have',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      await wake(world, runId);
      const first = await claimNext(world, 'workflow');
      const second = await wake(other, runId, { idempotencyKey: 'key' });
      await invokeStep(world, 'step-a', { runId });
      const free = await wake(world, createRunId());
      const claims = [...(await claim(other, 'workflow')), ...(await claim(world, 'workflow'))];
      assert.deepEqual(idsOf(claims), [free], 'other runs, and nothing of this one');
      assert.equal((await claim(other, 'step')).length, 1, 'steps are not held up');
      await later(world, first, { delayMs: LONG_MS });
      assert.equal((await claimNext(other, 'workflow')).messageId, second);
    },
  },
  {
    id: 'Q6-lane-after-a-dead-worker',
    title:
      'Q6 QU1 when the worker of a run dies, the next takes over, and it alone; nothing is lost',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      const first = await wake(world, runId, { idempotencyKey: 'a' });
      await claimNext(world, 'workflow', { leaseMs: 50 });
      const { messageId: second } = await other.queue(FLOW, { runId, serverErrorRetryCount: 1 });
      // When this one is due, the claim has run out.
      await invokeStep(world, 'step-a', { delaySeconds: 0.1 });
      await claimNext(world, 'step');
      const taken: string[] = [];
      for (let i = 0; i < 2; i += 1) {
        const one = await claimNext(other, 'workflow');
        taken.push(one.messageId);
        assert.deepEqual(await claim(world, 'workflow'), []);
        await done(other, one);
      }
      assert.deepEqual(taken.sort(), [first, second].sort());
    },
  },
  {
    id: 'Q7-wakes-coalesce',
    title: 'Q7 QU11 wakes that arrive during a tick are kept, and become one further delivery',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      await wake(world, runId);
      const tick = await claimNext(world, 'workflow');
      await Promise.all(Array.from({ length: 110 }, (_, i) => wake(i % 2 ? world : other, runId)));
      assert.deepEqual(await claim(world, 'workflow'), []);
      assert.equal((await allMessages(world)).length, 2, 'the tick, and one wake');
      await done(world, tick);
      const next = await claim(other, 'workflow');
      assert.equal(next.length, 1);
      await done(other, next[0] ?? tick);
      assert.deepEqual(await claim(world, 'workflow'), []);
      assert.deepEqual(await allMessages(world), []);
    },
  },
  {
    id: 'Q7-what-is-not-merged',
    title:
      'Q7 QU11 no message goes that says more than another: input, delays, failures, other runs',
    needs: ['queue'],
    async run({ world }) {
      const runId = createRunId();
      const { eventData } = request.runCreated();
      const runInput = { ...eventData, input: eventData.input, specVersion: 3 };
      const first = await world.queue(FLOW, { runId, runInput });
      const second = await world.queue(FLOW, { runId, serverErrorRetryCount: 1 });
      const plain = await wake(world, runId);
      const delayed = await wake(world, runId, { delaySeconds: 3600 });
      const foreign = await wake(world, createRunId());
      const claims = await claim(world, 'workflow');
      assert.deepEqual(idsOf(claims), [first.messageId, foreign]);
      const [one] = claims;
      assert.ok(one !== undefined);
      // The plain wake went with the first; the others stay.
      assert.deepEqual(idsOf(await world.messages.list({ runId, limit: 10 })), [
        first.messageId,
        second.messageId,
        delayed,
      ]);
      assert.ok(!idsOf(await allMessages(world)).includes(plain));
      await done(world, one);
      const next = await claimNext(world, 'workflow');
      assert.equal(next.messageId, second.messageId);
      await later(world, next, { failed: true });
      const fresh = await wake(world, runId);
      const again = await claimNext(world, 'workflow');
      assert.deepEqual([again.messageId, again.message.failures], [second.messageId, 1]);
      assert.ok(!idsOf(await allMessages(world)).includes(fresh), 'the wake went with it');
    },
  },
  {
    id: 'Q8-dead',
    title: 'Q8 dead messages are listed with their reason, hold up nobody, and can be redriven',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      const ids = [
        await wake(world, runId),
        await invokeStep(world, 'a'),
        await invokeStep(world, 'b'),
      ];
      for (const one of [...(await claim(world, 'workflow')), ...(await claim(world, 'step'))]) {
        await world.messages.settle(refOf(one), { kind: 'dead', reason: 'HTTP 500' });
      }
      const dead = await other.messages.list({ state: 'dead', limit: 10 });
      assert.deepEqual(
        dead.map(({ messageId, state, reason }) => ({ messageId, state, reason })),
        ids.map((messageId) => ({ messageId, state: 'dead', reason: 'HTTP 500' })),
      );
      assert.deepEqual(await claim(world, 'step'), []);
      const live = await wake(world, runId);
      await done(world, await claimNext(world, 'workflow'));
      assert.deepEqual(await world.messages.list({ state: 'waiting', limit: 10 }), [], live);
      const [first] = ids;
      assert.equal(await other.messages.redrive(first), 1);
      const again = await claimNext(world, 'workflow');
      assert.deepEqual([again.messageId, again.message.failures], [first, 0]);
      assert.equal(await other.messages.redrive(), 2);
      assert.equal((await claim(world, 'step')).length, 2);
      assert.equal(await other.messages.redrive('msg_none'), 0);
      const pages: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await world.messages.list({ limit: 2, ...(after && { after }) });
        pages.push(...idsOf(page));
        after = page.at(-1)?.messageId;
        if (after === undefined) break;
      }
      assert.deepEqual(pages, ids);
    },
  },
  {
    id: 'Q9-idle',
    title:
      'Q9 QU12 what is added only for an idle run is not added while anything about it is outstanding',
    needs: ['queue'],
    async run({ world, open }) {
      const other = await open();
      const runId = createRunId();
      const recover = (by: typeof world, n: number) =>
        by.messages.enqueue({
          messageId: `msg_recovery_${n}`,
          queueName: FLOW,
          topic: 'workflow',
          runId,
          lane: runId,
          mergeable: true,
          data: Uint8Array.of(0xa0),
          delayMs: 0,
          onlyIfIdle: true,
        });
      const racing = await Promise.all([world, other, world, other].map(recover));
      assert.equal(racing.filter(({ added }) => added).length, 1);
      const one = await claimNext(world, 'workflow');
      assert.equal((await recover(other, 5)).added, false, 'claimed');
      await later(world, one, { delayMs: LONG_MS });
      assert.deepEqual(await recover(other, 6), { messageId: one.messageId, added: false });

      const stepRun = createRunId();
      await invokeStep(world, 'step-a', { runId: stepRun });
      const { added } = await other.messages.enqueue({
        messageId: 'msg_recovery_7',
        queueName: FLOW,
        topic: 'workflow',
        runId: stepRun,
        lane: stepRun,
        mergeable: true,
        data: Uint8Array.of(0xa0),
        delayMs: 0,
        onlyIfIdle: true,
      });
      assert.equal(added, false, 'its step is outstanding');
    },
  },
  {
    id: 'Q10-removed-with-runs',
    title:
      'Q10 LI4 messages go with their run and their namespace, and no other namespace sees them',
    needs: ['queue'],
    async run({ world, open, openElsewhere }) {
      const elsewhere = await openElsewhere();
      const { runId } = await startedRun(world);
      const { runId: kept } = await createdRun(world);
      const claimed = await wake(world, runId).then(() => claimNext(world, 'workflow'));
      await invokeStep(world, 'step-a', { runId, delaySeconds: 3600, idempotencyKey: 'key' });
      const left = await wake(world, kept);
      assert.deepEqual(await allMessages(elsewhere), []);
      assert.deepEqual(await claim(elsewhere, 'workflow'), []);
      assert.notDeepEqual(await world.messages.secret(), await elsewhere.messages.secret());
      assert.deepEqual(await (await open()).messages.secret(), await world.messages.secret());

      await world.events.create(runId, request.runCancelled());
      await world.prune({ olderThan: new Date(Date.now() + 86_400_000) });
      assert.deepEqual(idsOf(await allMessages(world)), [left]);
      assert.equal(await done(world, claimed), false, 'gone');
      await invokeStep(world, 'step-a', { idempotencyKey: 'key' });
      assert.equal((await allMessages(world)).length, 2, 'the key is free');
      await world.deleteNamespace();
      assert.deepEqual(await allMessages(world), []);
    },
  },
];
