import type { StreamStore } from '@world/contract';
import type { MethodName } from './methods.js';
import { StreamWriters } from './stream-writers.js';
import type { Transport } from './transport.js';
import type { Watches } from './watches.js';

/** The streams of the world behind the server. Writes are numbered, and so are made once, however often they are sent. */
export function remoteChunks(transport: Transport, watches: Watches): StreamStore {
  const call = <T>(name: MethodName, args: object): Promise<T> =>
    transport.call(name, args) as Promise<T>;
  const writers = new StreamWriters();
  return {
    // Who numbers writes himself also orders them.
    write: (write) =>
      write.writer === undefined
        ? writers.write(write.name, (writer) =>
            call('chunks.write', { write: { ...write, writer } }),
          )
        : call('chunks.write', { write }),
    read: (range) => call('chunks.read', { range }),
    state: (name) => call('chunks.state', { name }),
    namesOf: (runId) => call('chunks.namesOf', { runId }),
    subscribe: (name, onChange) => watches.add({ stream: name }, onChange),
  };
}
