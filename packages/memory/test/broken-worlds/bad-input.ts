import {
  CREATE_EVENT_PARAMS,
  createRunId,
  decodeData,
  encodeData,
  isEventId,
  isRunId,
  WorldError,
  worldError,
} from '@world/contract';
import type { BrokenWorld } from './broken-world.js';
import { onAppend, onCreate, onList } from './parts.js';

/** Calls again with other arguments when the field of the first error is the one that is let through. */
const lenient = async <T>(
  fields: RegExp,
  call: () => Promise<T>,
  again: () => Promise<T>,
): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    const field = WorldError.is(error, 'INVALID_ARGUMENT') ? String(error.details.field) : '';
    if (fields.test(field)) return again();
    throw error;
  }
};

/** Any request that is accepted, in place of one that was not. */
const anything = { eventType: 'run_started' } as const;

/** Worlds that make something of what is nothing. */
export const brokenInput: readonly BrokenWorld[] = [
  {
    fault: 'a malformed fence is taken for none',
    caughtBy: 'F7-malformed-fence',
    breaks: onCreate((create, runId, data, params) => {
      const { lastKnownEventId, ...unfenced } = params ?? {};
      return create(runId, data, isEventId(lastKnownEventId) ? params : unfenced);
    }),
  },
  {
    fault: 'a timestamp that is no number is taken for none',
    caughtBy: 'F7-malformed-fence',
    breaks: onCreate((create, runId, data, params) => {
      const { asOfTimestamp, ...unfenced } = params ?? {};
      return create(runId, data, Number.isFinite(asOfTimestamp) ? params : unfenced);
    }),
  },
  {
    fault: 'a misspelt param is accepted',
    caughtBy: 'B-misspelt-params',
    breaks: onCreate((create, runId, data, params) => {
      const known = CREATE_EVENT_PARAMS.flatMap((name) =>
        params?.[name] === undefined ? [] : [[name, params[name]]],
      );
      return create(runId, data, Object.fromEntries(known));
    }),
  },
  {
    fault: 'an idempotency key that is too long is cut',
    caughtBy: 'B-bad-params',
    breaks: onCreate((create, runId, data, params) => {
      const { idempotencyKey } = params ?? {};
      return typeof idempotencyKey === 'string' && idempotencyKey.length > 1024
        ? create(runId, data, { ...params, idempotencyKey: idempotencyKey.slice(0, 1024) })
        : create(runId, data, params);
    }),
  },
  {
    fault: 'unknown fields of event data are dropped',
    caughtBy: 'B-unknown-fields-kept',
    breaks: onAppend((append) => ({
      ...append,
      commands: append.commands.map((command) => {
        if (command.data === undefined) return command;
        const { futureField: _, ...known } = decodeData(command.data) as Record<string, unknown>;
        return { ...command, data: encodeData(known) };
      }),
    })),
  },
  {
    fault: 'an event type that only worlds write is passed over in silence',
    caughtBy: 'B-world-only',
    breaks: onCreate((create, runId, data, params) =>
      lenient(
        /^eventType$/,
        () => create(runId, data, params),
        async () => ({}),
      ),
    ),
  },
  {
    fault: 'a correlation id that is too long is cut',
    caughtBy: 'B-correlation-ids',
    breaks: onCreate((create, runId, data, params) =>
      lenient(
        /^correlationId$/,
        () => create(runId, data, params),
        () =>
          create(runId, {
            ...data,
            correlationId: `${data?.correlationId}`.slice(0, 255),
          } as typeof data),
      ),
    ),
  },
  {
    fault: 'a missing payload is taken for an empty one',
    caughtBy: 'B-missing-payloads',
    breaks: onCreate((create, runId, data, params) =>
      lenient(
        /^eventData\.input$/,
        () => create(runId, data, params),
        () => create(runId, anything),
      ),
    ),
  },
  {
    fault: 'bad input is refused without saying which field',
    caughtBy: 'B-wrong-types',
    breaks: onCreate((create, runId, data, params) =>
      lenient(
        /./,
        () => create(runId, data, params),
        () => Promise.reject(worldError('INVALID_ARGUMENT', 'bad request')),
      ),
    ),
  },
  {
    fault: 'text that cannot be stored is accepted',
    caughtBy: 'B-unstorable-text',
    breaks: onCreate((create, runId, data, params) =>
      lenient(
        /^eventData\.stepName$/,
        () => create(runId, data, params),
        () => create(runId, anything),
      ),
    ),
  },
  {
    fault: 'a value that cannot be stored is left out',
    caughtBy: 'B-unstorable-values',
    breaks: onCreate((create, runId, data, params) =>
      lenient(
        /^eventData\.result\.value$/,
        () => create(runId, data, params),
        () => create(runId, anything),
      ),
    ),
  },
  {
    fault: 'an oversized payload is accepted',
    caughtBy: 'B-oversized',
    breaks: onCreate((create, runId, data, params) =>
      create(runId, data, params).catch((error: unknown) => {
        if (WorldError.is(error) && 'payloadLimitBytes' in error.details) return {};
        throw error;
      }),
    ),
  },
  {
    fault: 'payloads go through JSON',
    caughtBy: 'B-values-kept',
    breaks: onAppend((append) => ({
      ...append,
      commands: append.commands.map((command) => {
        if (command.data === undefined) return command;
        const text = JSON.stringify(decodeData(command.data), (_, value: unknown) =>
          typeof value === 'bigint' ? Number(value) : value,
        );
        return { ...command, data: encodeData(JSON.parse(text)) };
      }),
    })),
  },
  {
    fault: 'a malformed run id is replaced',
    caughtBy: 'B-run-ids',
    breaks: onCreate((create, runId, data, params) =>
      create(isRunId(runId) ? runId : createRunId(), data, params),
    ),
  },
  {
    fault: 'what is no id is looked up all the same',
    caughtBy: 'B-read-ids',
    breaks: {
      world: ({ runs }) => ({
        runs: {
          ...runs,
          get: (id: string) =>
            lenient(
              /^runId$/,
              () => runs.get(id),
              () => Promise.reject(worldError('RUN_NOT_FOUND', `run ${id} does not exist`)),
            ),
        } as typeof runs,
      }),
    },
  },
  {
    fault: 'a limit out of range is taken for the default',
    caughtBy: 'B-limits',
    breaks: onList((list, params) =>
      lenient(
        /^pagination\.limit$/,
        () => list(params),
        () => list({ runId: params.runId }),
      ),
    ),
  },
  {
    fault: 'an unknown status is taken for none',
    caughtBy: 'B-filters',
    breaks: {
      world: ({ runs }) => ({
        runs: {
          ...runs,
          list: (params?: Parameters<typeof runs.list>[0]) =>
            lenient(
              /^status$/,
              () => runs.list(params),
              () => runs.list(),
            ),
        } as typeof runs,
      }),
    },
  },
  {
    fault: 'a method that is not supported does nothing',
    caughtBy: 'B-not-supported',
    breaks: { lacks: 'streams', world: () => ({ closeStream: async () => {} }) },
  },
];
