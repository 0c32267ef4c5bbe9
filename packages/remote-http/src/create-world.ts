import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  type Capabilities,
  type CreateEventParams,
  createChunks,
  createKeyring,
  createMessages,
  createQueue,
  createRunId,
  createStreamer,
  DEFAULT_PAYLOAD_LIMIT_BYTES,
  type FollowParams,
  OpenCalls,
  type Runs,
  resolveQueueSettings,
  SPEC_VERSION,
  type World,
} from '@world/contract';
import { nodePlatform } from '@world/delivery';
import { createCheckingWorld, expectReached } from './argument-check.js';
import { METHODS, type MethodName } from './methods.js';
import { remoteChunks } from './remote-chunks.js';
import { followRemote } from './remote-follow.js';
import { remoteMessages } from './remote-messages.js';
import { type RemoteWorldOptions, settingsOf } from './settings.js';
import { Transport } from './transport.js';
import { Watches } from './watches.js';

/** How long workers and readers wait to be told before they look by themselves, ms. */
const LOOK_MS = 5000;

/** What a served world can do, as far as the network lets it: its data is shared, and followers are told. */
export const capabilities: Capabilities = {
  durable: true,
  shared: true,
  queue: true,
  streams: true,
  push: true,
};

/** What an append travels as: with a key, so that it may be sent twice, and a run id, since another one is another run. */
function repeatable([runId, event, params]: readonly unknown[]): readonly unknown[] {
  const given = (params ?? {}) as CreateEventParams;
  const idempotencyKey = given.idempotencyKey ?? randomUUID();
  return [runId ?? createRunId(), event, { ...given, idempotencyKey }];
}

/**
 * A World that lives behind a server of this package. Making it does no I/O.
 * @throws INVALID_ARGUMENT for bad options. Calls throw what the server's world throws, UNAUTHORIZED and FORBIDDEN, and
 * STORE_UNAVAILABLE when no answer came.
 */
export function createWorld(options: RemoteWorldOptions = {}): World {
  const { url, token, namespace, fetch, timeoutMs, retries, live: way, ...common } = options;
  const given = { url, token, namespace, fetch, timeoutMs, retries, live: way };
  const { live, ...settings } = settingsOf(given);
  const transport = new Transport(settings);
  // Checks options too.
  const checking = createCheckingWorld(common);
  const payloadLimitBytes = common.payloadLimitBytes ?? DEFAULT_PAYLOAD_LIMIT_BYTES;
  const calls = new OpenCalls();
  // As many followers as one likes.
  setMaxListeners(0, calls.closing);
  const watches = new Watches(transport, calls.closing);
  const place = JSON.stringify(['http', settings.base, settings.namespace]);
  const messages = remoteMessages(transport, watches, place);
  const chunks = remoteChunks(transport, watches);

  /** A call that is checked here, then made there. */
  const remote =
    (name: MethodName) =>
    async (...args: unknown[]): Promise<unknown> => {
      const { args: names, effect, of } = METHODS[name];
      await expectReached(of(checking)(...(args as never[])));
      const sent = effect === 'append' ? repeatable(args) : args;
      return transport.call(name, Object.fromEntries(names.map((one, i) => [one, sent[i]])));
    };

  const runs = calls.guard({ get: remote('runs.get'), list: remote('runs.list') });
  const queueSettings = resolveQueueSettings(common.queue, nodePlatform());
  const { queue, ...running } = createQueue({
    messages,
    runs: runs as unknown as Runs,
    settings: queueSettings,
    payloadLimitBytes,
    lookMs: LOOK_MS,
    calls,
  });

  let closed: Promise<void> | undefined;
  const world = {
    specVersion: SPEC_VERSION,
    capabilities,
    events: {
      ...calls.guard({
        create: remote('events.create'),
        createBatch: remote('events.createBatch'),
        import: remote('events.import'),
        get: remote('events.get'),
        list: remote('events.list'),
        listByCorrelationId: remote('events.listByCorrelationId'),
      }),
      follow(params: FollowParams) {
        calls.assertOpen();
        checking.events.follow(params);
        return followRemote(transport, params, { closing: calls.closing, live });
      },
    },
    runs,
    steps: calls.guard({ get: remote('steps.get'), list: remote('steps.list') }),
    hooks: calls.guard({
      get: remote('hooks.get'),
      getByToken: remote('hooks.getByToken'),
      list: remote('hooks.list'),
    }),
    waits: calls.guard({ get: remote('waits.get'), list: remote('waits.list') }),
    ...queue,
    messages: createMessages(messages, payloadLimitBytes, calls),
    ...createStreamer({ store: chunks, calls, payloadLimitBytes, lookMs: LOOK_MS }),
    chunks: createChunks(chunks, payloadLimitBytes, calls),
    // Keys never travel.
    ...calls.guard(createKeyring(common.encryptionKeys)),
    ...calls.guard({ prune: remote('prune'), deleteNamespace: remote('deleteNamespace') }),
    async start() {
      calls.assertOpen();
      await running.start();
    },
    close() {
      closed ??= (async () => {
        // Deliveries under way still call this world.
        const drained = running.close();
        let deadline = setTimeout(
          () => transport.end(),
          queueSettings.drainMs + settings.timeoutMs,
        );
        if (drained !== undefined) await drained;
        clearTimeout(deadline);
        deadline = setTimeout(() => transport.end(), settings.timeoutMs);
        await calls.close();
        clearTimeout(deadline);
        await checking.close();
        await transport.close();
      })();
      return closed;
    },
  };
  // The rows of the table have no types of their own; both sides follow that of World.
  return world as unknown as World;
}
