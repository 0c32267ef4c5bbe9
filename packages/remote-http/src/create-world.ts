import { randomUUID } from 'node:crypto';
import {
  type Capabilities,
  type CreateEventParams,
  createRunId,
  type FollowParams,
  invalidArgument,
  KeySchema,
  OpenCalls,
  type World,
  type WorldOptions,
} from '@world/contract';
import { createCheckingWorld, expectReached } from './argument-check.js';
import { METHODS, type MethodName } from './methods.js';
import { followRemote } from './remote-follow.js';
import { Transport } from './transport.js';

/** Which server, and how it is used, besides what every world takes. */
export interface RemoteWorldOptions extends WorldOptions {
  /** `http://host:port` or `https://…`, with the path that the routes are behind; `WORKFLOW_WORLD_URL` when not given. */
  url?: string | undefined;
  /** Bearer token; `WORKFLOW_WORLD_TOKEN` when not given. */
  token?: string | undefined;
  /** Worlds of one namespace share their data; `default` when not given. */
  namespace?: string | undefined;
  /** What requests are sent with; the global `fetch` when not given. */
  fetch?: typeof fetch | undefined;
  /** How long one attempt may take, ms; 10000 when not given. */
  timeoutMs?: number | undefined;
  /** How often a call is sent again when nobody knows whether it was done; 5 when not given. */
  retries?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRIES = 5;

/** What a served world can do, as far as the network lets it: its data is shared, and followers are told. */
export const capabilities: Capabilities = {
  durable: true,
  shared: true,
  queue: false,
  streams: false,
  push: true,
};

function baseOf(url: unknown): string {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw invalidArgument('url', 'is not the URL of a server, expected http://host:port');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalidArgument('url', 'holds a user or password; give the token as an option');
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}

function transportOf(options: RemoteWorldOptions): Transport {
  const {
    namespace = 'default',
    timeoutMs = DEFAULT_TIMEOUT_MS,
    retries = DEFAULT_RETRIES,
  } = options;
  if (!KeySchema.safeParse(namespace).success) throw invalidArgument('namespace', 'is not a name');
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) {
    throw invalidArgument('timeoutMs', 'is not a number of ms above 0');
  }
  if (!Number.isInteger(retries) || retries < 0) {
    throw invalidArgument('retries', 'is not a number of retries');
  }
  return new Transport({
    base: baseOf(options.url ?? process.env.WORKFLOW_WORLD_URL),
    namespace,
    token: options.token ?? process.env.WORKFLOW_WORLD_TOKEN,
    fetch: options.fetch ?? fetch,
    timeoutMs,
    retries,
  });
}

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
  const { payloadLimitBytes, missedLimit } = options;
  const transport = transportOf(options);
  const checking = createCheckingWorld({ payloadLimitBytes, missedLimit });
  const calls = new OpenCalls();

  /** A call that is checked here, then made there. */
  const remote =
    (name: MethodName) =>
    async (...args: unknown[]): Promise<unknown> => {
      const { args: names, effect, of } = METHODS[name];
      await expectReached(of(checking)(...(args as never[])));
      const sent = effect === 'append' ? repeatable(args) : args;
      return transport.call(name, Object.fromEntries(names.map((one, i) => [one, sent[i]])));
    };

  const world = {
    // Queue and streams: refused by it as by every world without.
    ...checking,
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
        return followRemote(transport, params, calls.closing);
      },
    },
    runs: calls.guard({ get: remote('runs.get'), list: remote('runs.list') }),
    steps: calls.guard({ get: remote('steps.get'), list: remote('steps.list') }),
    hooks: calls.guard({
      get: remote('hooks.get'),
      getByToken: remote('hooks.getByToken'),
      list: remote('hooks.list'),
    }),
    waits: calls.guard({ get: remote('waits.get'), list: remote('waits.list') }),
    ...calls.guard({ prune: remote('prune'), deleteNamespace: remote('deleteNamespace') }),
    async close() {
      await calls.close();
      await checking.close();
    },
  };
  // The rows of the table have no types of their own; both sides follow that of World.
  return world as unknown as World;
}
