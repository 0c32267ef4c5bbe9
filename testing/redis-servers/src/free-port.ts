import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A cluster node talks to its peers on a second port, which lies this much higher. */
const BUS_OFFSET = 10_000;

// Below the ports that systems hand out to outgoing connections (from 32768 on Linux), bus ports included: a server
// that was killed finds its port free when it is started again.
const FIRST_PORT = 11_000;
const PORT_COUNT = 10_000;
const TRIES = 1000;

const given = new Set<number>();

/**
 * A port of 127.0.0.1 that is free now, and whose cluster bus port is free; never the same one twice in a process. Another
 * process may take it before the caller does.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = FIRST_PORT + randomInt(PORT_COUNT);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
  throw new Error(`no free port from ${FIRST_PORT} to ${FIRST_PORT + PORT_COUNT - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
