import { encodeData, eventsCursor, type World } from '@world/contract';
import { runTest, tests } from '@world/contract/conformance';
import { capabilities, createWorld } from '@world/sqlite';
import { describe, expect, test } from 'vitest';
import { temporaryPath } from './folder.js';

/** Faults that show only between processes; those of one process are with the memory world. */
const brokenProcesses: readonly { fault: string; caughtBy: string; module: string }[] = [
  {
    fault: 'an append is acknowledged before it is written',
    caughtBy: 'L4-killed-writers',
    module: 'acknowledges-early',
  },
  {
    fault: 'the fence is checked before the commit, not in it',
    caughtBy: 'F3-one-winner-processes',
    module: 'checks-early',
  },
  {
    fault: 'each process keeps tokens of its own',
    caughtBy: 'EN9-one-owner-processes',
    module: 'claims-alone',
  },
  {
    fault: 'a signal for a hook that is gone is taken',
    caughtBy: 'EN8-received-too-late-processes',
    module: 'takes-late-signals',
  },
  {
    fault: 'a write to a stream is acknowledged before it is written',
    caughtBy: 'C8-killed-writers',
    module: 'streams-early',
  },
  {
    fault: 'a worker claims for longer than it is heard of',
    caughtBy: 'Q22-killed-worker',
    module: 'claims-for-long',
  },
  {
    fault: 'each process keeps the delays that it was asked for',
    caughtBy: 'Q24-delays-survive',
    module: 'delays-alone',
  },
];

/** A cursor that points at the tail as it is after the page was read: what came in between is skipped. */
function skipping(world: World): World {
  const list: World['events']['list'] = async (params) => {
    const page = await world.events.list(params);
    const { runId } = params;
    const [last] = (await world.events.list({ runId, pagination: { limit: 1, sortOrder: 'desc' } }))
      .data;
    return page.hasMore || last === undefined ? page : { ...page, cursor: eventsCursor(last) };
  };
  return { ...world, events: { ...world.events, list } };
}

/** Something gets in between whenever a fenced append is about to commit. */
function starving(world: World): World {
  const create = (async (runId, data, params) => {
    if (runId !== null && params?.lastKnownEventId !== undefined) {
      const waits = await world.waits.list({ runId, pagination: { limit: 1000 } });
      await world.events.create(runId, {
        eventType: 'wait_created',
        correlationId: `between-${waits.data.length}`,
        eventData: { resumeAt: new Date() },
      });
    }
    return world.events.create(runId as string, data, params);
  }) as World['events']['create'];
  return { ...world, events: { ...world.events, create } };
}

/** Each process counts the chunks of a stream from another number. */
function countingFromOne(world: World): World {
  const readFromStream: World['readFromStream'] = async (name) => world.readFromStream(name, 1);
  return { ...world, readFromStream };
}

/** Nothing says that the wakes of a run are to be delivered one at a time. */
function withoutLanes(world: World): World {
  const queue: World['queue'] = async (queueName, message) => {
    const messageId = `msg_${crypto.randomUUID()}`;
    const data = encodeData({ message });
    const { runId } = message as { runId: string };
    const one = { messageId, queueName, topic: 'workflow', runId, data } as const;
    await world.messages.enqueue({ ...one, mergeable: true, delayMs: 0, onlyIfIdle: false });
    return { messageId: messageId as never };
  };
  return { ...world, queue };
}

/** Runs a test on a file of its own, with other processes on the module. */
async function failureOf(
  id: string,
  specifier: string,
  change: (world: World) => World = (world) => world,
): Promise<unknown> {
  const found = tests.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no test ${id}`);
  const url = `sqlite:${temporaryPath()}`;
  const target = {
    name: 'broken',
    create: ({ namespace }: { namespace: string }) => change(createWorld({ url, namespace })),
    capabilities,
    module: { specifier, url },
  };
  return runTest(found, target).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const TIMEOUT_MS = 120_000;

describe('the tests of several processes can fail', () => {
  test.each(brokenProcesses)(
    '$caughtBy catches a world in which $fault',
    async ({ caughtBy, module }) => {
      const specifier = new URL(`./broken-worlds/${module}.mjs`, import.meta.url).href;
      const failure = await failureOf(caughtBy, specifier);
      expect(failure).toMatchObject({ code: 'ERR_ASSERTION' });
    },
    TIMEOUT_MS,
  );

  test.each([
    ['L2-readers-while-writing', 'a cursor skips what was written meanwhile', skipping],
    ['F9-contention-processes', 'a fenced append never gets through', starving],
    ['C2-processes', 'readers of one process start elsewhere', countingFromOne],
    ['Q23-one-tick-at-a-time-processes', 'two ticks of a run are under way at once', withoutLanes],
  ] as const)(
    '%s catches a world in which %s',
    async (caughtBy, _, change) => {
      const failure = await failureOf(caughtBy, import.meta.resolve('@world/sqlite'), change);
      expect(failure).toMatchObject({ code: 'ERR_ASSERTION' });
    },
    TIMEOUT_MS,
  );
});
