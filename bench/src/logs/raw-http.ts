import { encode } from 'cbor-x';
import { Agent, request } from 'undici';
import type { LogKind } from './log.js';
import { startServer } from './server-process.js';

/** The least that a log behind HTTP can do: a request with the event, an answer of the same size. */
export const rawHttp: LogKind = {
  name: 'raw echo',
  async open() {
    const server = await startServer('echo');
    const dispatcher = new Agent({ keepAliveTimeout: 60_000 });
    return {
      openRun: async () => 'echo',
      async append(runId, events) {
        const body = encode({ runId, event: events });
        const response = await request(server.url, { method: 'POST', body, dispatcher });
        await response.body.arrayBuffer();
        return '';
      },
      async close() {
        await dispatcher.close();
        await server.stop();
      },
    };
  },
};
