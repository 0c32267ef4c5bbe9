import { worldError } from '../errors.js';
import type { OpenCalls } from '../open-calls.js';
import type { Streamer } from '../streams.js';

/** The streams of a store that has none. */
export function refuseStreams(calls: OpenCalls): Streamer {
  const refuse = (method: string): never => {
    calls.assertOpen();
    throw worldError('NOT_SUPPORTED', `${method}: this world has no streams`, {
      details: { capability: 'streams', method },
    });
  };
  return {
    streamFlushIntervalMs: 0,
    writeToStream: async () => refuse('writeToStream'),
    writeToStreamMulti: async () => refuse('writeToStreamMulti'),
    closeStream: async () => refuse('closeStream'),
    readFromStream: async () => refuse('readFromStream'),
    listStreamsByRunId: async () => refuse('listStreamsByRunId'),
    getStreamChunks: async () => refuse('getStreamChunks'),
    getStreamInfo: async () => refuse('getStreamInfo'),
  };
}
