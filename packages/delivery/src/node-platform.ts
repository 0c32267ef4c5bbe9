import { availableParallelism } from 'node:os';
import type { Platform } from '@world/contract';
import { Agent, fetch as send } from 'undici';
import { findApp } from './find-app.js';
import { listeningPorts } from './listening-ports.js';

const isListening = (base: string): boolean =>
  listeningPorts().includes(Number(new URL(base).port));

const STEPS_PER_CORE = 10;

/** Node.js, as worlds deliver from it. Nothing is opened before the first delivery. */
export function nodePlatform(): Platform {
  let agent: Agent | undefined;
  let app: string | undefined;
  const sendPatiently = ((url: string, init: object) => {
    // A step answers when it is done, and may run for hours; `fetch` by itself gives up after 5 minutes.
    agent ??= new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    return send(url, { ...init, dispatcher: agent });
  }) as unknown as typeof fetch;
  return {
    concurrency: STEPS_PER_CORE * availableParallelism(),
    fetch: sendPatiently,
    async findApp() {
      // A look costs some ms and a request to each port.
      if (app !== undefined && !isListening(app)) app = undefined;
      app ??= await findApp(sendPatiently);
      return app;
    },
    async close() {
      await agent?.destroy();
    },
  };
}
