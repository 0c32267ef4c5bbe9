import { availableParallelism } from 'node:os';
import type { Platform } from '@world/contract';
import { Agent, fetch as send } from 'undici';
import { findApp } from './find-app.js';
import { listeningPorts } from './listening-ports.js';

const isListening = (base: string): boolean =>
  listeningPorts().includes(Number(new URL(base).port));

const STEPS_PER_CORE = 10;
/** A look at the ports takes 8 ms, and 40 ms where 500 connections are open. */
const LOOK_AGAIN_MS = 1000;

/** Node.js, as worlds deliver from it. Nothing is opened before the first delivery. */
export function nodePlatform(): Platform {
  let agent: Agent | undefined;
  let app: string | undefined;
  let lookedAt = 0;
  let looking: Promise<string | undefined> | undefined;
  const sendPatiently = ((url: string, init: object) => {
    // A step answers when it is done, and may run for hours; `fetch` by itself gives up after 5 minutes.
    agent ??= new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    return send(url, { ...init, dispatcher: agent });
  }) as unknown as typeof fetch;
  const look = async (): Promise<string | undefined> => {
    lookedAt = performance.now();
    if (app === undefined || !isListening(app)) app = await findApp(sendPatiently);
    return app;
  };
  return {
    concurrency: STEPS_PER_CORE * availableParallelism(),
    fetch: sendPatiently,
    async findApp() {
      if (app !== undefined && performance.now() - lookedAt < LOOK_AGAIN_MS) return app;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    async close() {
      await agent?.destroy();
    },
  };
}
