import type { Client } from './address.js';

/**
 * Connects, and resolves when commands may be sent; rejects with the first error, and when that takes too long. By itself ioredis connects to another database
 * when it cannot select the one that it should, waits 2 s for a server that does not answer to close the connection, and
 * never settles the connecting of a cluster that ends between its first answer and its readiness.
 */
export function openClient(client: Client, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const opened = new Promise<void>((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('connect ETIMEDOUT')), timeoutMs);
    client.once('error', reject);
    client.once('ready', resolve);
    client.once('end', () => reject(new Error('Connection is closed.')));
    client.connect().catch(reject);
  });
  return opened.finally(() => clearTimeout(timer));
}
