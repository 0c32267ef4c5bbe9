import { worldError } from '../errors.js';
import type { OpenCalls } from '../open-calls.js';
import { parseArgument } from '../parse.js';
import { KeySchema } from '../values.js';
import { encodeChunks } from './stream-chunk.js';
import { StreamRangeSchema, StreamWriteSchema } from './stream-schemas.js';
import type { StreamStore } from './stream-store.js';

/** The chunks of a world's streams: its store's, with every argument checked. For servers that stand before a world. */
export function createChunks(
  store: StreamStore | undefined,
  payloadLimitBytes: number,
  calls: OpenCalls,
): StreamStore {
  const open = (method: string): StreamStore => {
    calls.assertOpen();
    if (store !== undefined) return store;
    throw worldError('NOT_SUPPORTED', `chunks.${method}: this world has no streams`, {
      details: { capability: 'streams', method: `chunks.${method}` },
    });
  };
  const nameOf = (value: unknown, field: string): string => parseArgument(KeySchema, value, field);
  return {
    ...calls.guard<Omit<StreamStore, 'subscribe'>>({
      async write(write) {
        const checked = parseArgument(StreamWriteSchema, write, 'write');
        const chunks = encodeChunks(checked.chunks, 'write.chunks', payloadLimitBytes);
        return open('write').write({ ...checked, chunks });
      },
      read: async (range) => open('read').read(parseArgument(StreamRangeSchema, range, 'range')),
      state: async (name) => open('state').state(nameOf(name, 'name')),
      namesOf: async (runId) => open('namesOf').namesOf(nameOf(runId, 'runId')),
    }),
    subscribe: (name, onChange) => open('subscribe').subscribe(nameOf(name, 'name'), onChange),
  };
}
