import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { execa } from 'execa';

/** What a server process serves: bodies that come back, or a world in its memory. */
export type Served = 'echo' | 'memory';

export interface ServerProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server in a process of its own, on loopback. */
export async function startServer(served: Served): Promise<ServerProcess> {
  const child = execa(process.execPath, [`${import.meta.dirname}/server-main.js`, served], {
    stdio: ['ignore', 'pipe', 'inherit'],
    reject: false,
  });
  const [url] = (await once(createInterface({ input: child.stdout as Readable }), 'line')) as [
    string,
  ];
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await child;
    },
  };
}
