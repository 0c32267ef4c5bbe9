import {
  type ClaimedMessage,
  type MessageStore,
  type NewMessage,
  type World,
  WorldError,
} from '@world/contract';
import type { MemoryMessages } from '../../src/memory-messages.js';
import { type Breakage, type BrokenWorld, override } from './broken-world.js';

/** Some methods of the store's messages are replaced. */
const onMessages = (parts: (messages: MessageStore) => Partial<MessageStore>): Breakage => ({
  store: (store) => {
    const { messages } = store;
    if (messages === undefined) throw new Error('a store without a queue');
    return { messages: override(messages, parts(messages)) };
  },
});

/** Messages are stored as something else. */
const stored = (change: (message: NewMessage) => Partial<NewMessage>): Breakage =>
  onMessages((messages) => ({
    enqueue: (message) => messages.enqueue({ ...message, ...change(message) }),
  }));

/** Messages are given to workers as something else. */
const claimed = (
  change: (message: Awaited<ReturnType<MessageStore['claim']>>['messages'][number]) => object,
): Breakage =>
  onMessages((messages) => ({
    async claim(request) {
      const { messages: found, ...rest } = await messages.claim(request);
      return { messages: found.map((one) => ({ ...one, ...change(one) })), ...rest };
    },
  }));

const onWorld = (parts: (world: World) => Partial<World>): Breakage => ({ world: parts });

/** Who has claimed a message last, by any instance. */
const lastTokens = new Map<string, string>();

/** Queues that lose, double or mix up what they hold. */
export const brokenClaims: readonly BrokenWorld[] = [
  {
    fault: 'whoever asks gets the same message',
    caughtBy: 'Q1-once-claimed',
    breaks: onMessages((messages) => ({
      async claim({ topic, limit }) {
        const all = await messages.list({ limit: 1000 });
        return { messages: all.filter((one) => one.topic === topic).slice(0, limit) };
      },
    })),
  },
  {
    fault: 'a claim gives whatever is due, however much that is',
    caughtBy: 'Q1-claim-bytes',
    breaks: onMessages((messages) => ({
      async claim(request) {
        const found: ClaimedMessage[] = [];
        for (;;) {
          const claimed = await messages.claim({ ...request, limit: request.limit - found.length });
          found.push(...claimed.messages);
          const isAll = claimed.messages.length === 0 || found.length === request.limit;
          if (isAll) return { ...claimed, messages: found };
        }
      },
    })),
  },
  {
    fault: 'a worker is told when to look again by what it was given, not by what had no room',
    caughtBy: 'Q1-claim-bytes',
    breaks: onMessages((messages) => ({
      async claim(request) {
        const { messages: found } = await messages.claim(request);
        return { messages: found, ...(found.length > 0 && { nextInMs: request.leaseMs }) };
      },
    })),
  },
  {
    fault: 'a claim that ran out settles what others have taken over',
    caughtBy: 'Q2-stale-claim',
    breaks: onMessages((messages) => ({
      async claim(request) {
        const found = await messages.claim(request);
        for (const { messageId } of found.messages) lastTokens.set(messageId, request.token);
        return found;
      },
      settle: ({ messageId }, settlement) =>
        messages.settle({ messageId, token: lastTokens.get(messageId) ?? '' }, settlement),
    })),
  },
  {
    fault: 'extending a claim does nothing',
    caughtBy: 'Q2-extended-claim',
    breaks: onMessages(() => ({ extend: async (claims) => claims.map(() => true) })),
  },
  {
    fault: 'every reschedule is a failure',
    caughtBy: 'Q3-failures',
    breaks: onMessages((messages) => ({
      settle: (claim, settlement) =>
        messages.settle(
          claim,
          settlement.kind === 'later' ? { ...settlement, failed: true } : settlement,
        ),
    })),
  },
  {
    fault: 'delays are dropped',
    caughtBy: 'Q4-delays',
    breaks: stored(() => ({ delayMs: 0 })),
  },
  {
    fault: 'keys are not looked at',
    caughtBy: 'Q5-keys',
    breaks: onMessages((messages) => ({
      enqueue: ({ idempotencyKey: _, ...message }) => messages.enqueue(message),
    })),
  },
  {
    fault: 'nothing keeps two messages of a run apart',
    caughtBy: 'Q6-one-in-flight',
    breaks: onMessages((messages) => ({
      enqueue: ({ lane: _, ...message }) => messages.enqueue(message),
    })),
  },
  {
    fault: 'a run whose worker died is given to everybody',
    caughtBy: 'Q6-lane-after-a-dead-worker',
    breaks: onMessages((messages) => ({
      enqueue: ({ lane: _, ...message }) => messages.enqueue(message),
    })),
  },
  {
    fault: 'every wake is delivered',
    caughtBy: 'Q7-wakes-coalesce',
    breaks: stored(() => ({ mergeable: false })),
  },
  {
    fault: 'whatever wakes a run is taken for a mere wake',
    caughtBy: 'Q7-what-is-not-merged',
    breaks: stored(() => ({ mergeable: true })),
  },
  {
    fault: 'dead messages are gone',
    caughtBy: 'Q8-dead',
    breaks: onMessages((messages) => ({
      settle: (claim, settlement) =>
        messages.settle(claim, settlement.kind === 'dead' ? { kind: 'done' } : settlement),
    })),
  },
  {
    fault: 'recovery adds a message in any case',
    caughtBy: 'Q9-idle',
    breaks: stored(() => ({ onlyIfIdle: false })),
  },
  {
    fault: 'messages outlive their run',
    caughtBy: 'Q10-removed-with-runs',
    breaks: {
      store: (store) => ({
        async prune(range) {
          const messages = store.messages as MemoryMessages;
          const removeRuns = messages.removeRuns;
          messages.removeRuns = () => {};
          const runIds = await store.prune(range);
          messages.removeRuns = removeRuns;
          return runIds;
        },
      }),
    },
  },
];

/** Worlds that deliver wrongly, or believe anything. */
export const brokenDeliveries: readonly BrokenWorld[] = [
  {
    fault: 'each delivery has an id of its own',
    caughtBy: 'Q11-delivered',
    breaks: onWorld(({ queue }) => ({
      async queue(...message) {
        await queue(...message);
        return { messageId: 'msg_other' as never };
      },
    })),
  },
  {
    fault: 'timeoutSeconds is done at once',
    caughtBy: 'Q12-again',
    breaks: onMessages((messages) => ({
      settle: (claim, settlement) =>
        messages.settle(
          claim,
          settlement.kind === 'later' ? { ...settlement, delayMs: 0 } : settlement,
        ),
    })),
  },
  {
    fault: 'the attempt never grows',
    caughtBy: 'Q13-failures',
    breaks: claimed(() => ({ failures: 2 })),
  },
  {
    fault: 'every delivery counts as the first',
    caughtBy: 'Q13-no-endpoint',
    breaks: claimed(() => ({ failures: 0 })),
  },
  {
    fault: 'a message is never given up',
    caughtBy: 'Q13-dead',
    breaks: onMessages((messages) => ({
      settle: (claim, settlement) =>
        messages.settle(claim, settlement.kind === 'dead' ? { kind: 'done' } : settlement),
    })),
  },
  {
    fault: 'two ticks of a run are under way at once',
    caughtBy: 'Q14-one-tick-at-a-time',
    breaks: onMessages((messages) => ({
      enqueue: ({ lane: _, ...message }) => messages.enqueue(message),
    })),
  },
  {
    fault: 'a claim gives more than was asked for',
    caughtBy: 'Q15-concurrency',
    breaks: onMessages((messages) => ({
      claim: (request) => messages.claim({ ...request, limit: 100 }),
    })),
  },
  {
    fault: 'claims cannot be kept',
    caughtBy: 'Q16-long-steps',
    breaks: onMessages(() => ({ extend: async (claims) => claims.map(() => true) })),
  },
  {
    fault: 'what is handed back has failed',
    caughtBy: 'Q17-close',
    breaks: onMessages((messages) => ({
      settle: (claim, settlement) =>
        messages.settle(
          claim,
          settlement.kind === 'later' ? { ...settlement, failed: true } : settlement,
        ),
    })),
  },
  {
    fault: 'a world delivers as soon as it is opened',
    caughtBy: 'Q18-roles',
    breaks: onMessages((messages) => ({
      async enqueue(message) {
        const added = await messages.enqueue(message);
        const { topic } = message;
        await messages.claim({ topic, limit: 1, leaseMs: 60_000, token: 'eager' });
        return added;
      },
    })),
  },
  {
    fault: 'recovery wakes whatever is open',
    caughtBy: 'Q19-recovery',
    breaks: stored(() => ({ onlyIfIdle: false })),
  },
  {
    fault: 'secrets are the same everywhere, and known',
    caughtBy: 'Q20-forged',
    breaks: onMessages(() => ({ secret: async () => new Uint8Array(32) })),
  },
  {
    fault: 'worlds of one server believe each other, whatever their namespaces',
    caughtBy: 'Q20-other-namespaces',
    breaks: onMessages(() => ({ place: 'memory:' })),
  },
  {
    fault: 'the secret outlives its namespace',
    caughtBy: 'Q20-renewed',
    breaks: {
      store: (store) => ({
        async deleteNamespace() {
          const secret = await store.messages?.secret();
          await store.deleteNamespace();
          (await store.messages?.secret())?.set(secret ?? []);
        },
      }),
    },
  },
  {
    fault: 'each process keeps the first secret that it gets',
    caughtBy: 'Q20-renewed',
    breaks: onMessages((messages) => {
      let first: Promise<Uint8Array> | undefined;
      return {
        secret() {
          first ??= messages.secret();
          return first;
        },
      };
    }),
  },
  {
    fault: 'given secrets are forgotten',
    caughtBy: 'Q20-secrets',
    breaks: { forgets: 'queue' },
  },
  {
    fault: 'what cannot be queued is passed over in silence',
    caughtBy: 'Q21-bad-messages',
    breaks: onWorld(({ queue }) => ({
      queue: (...message) =>
        queue(...message).catch((error: unknown) => {
          if (!WorldError.is(error, 'INVALID_ARGUMENT')) throw error;
          return { messageId: null };
        }),
    })),
  },
];
