import type { Capabilities } from '@world/contract';

/**
 * What this adapter claims, and the suite holds it to. Memory cannot keep the first two: their tests fail until the
 * storage is replaced. Say `false` to what yours will not have; its tests are skipped then.
 */
export const CAPABILITIES: Capabilities = {
  /** Acknowledged events survive a kill of the process, and a power loss. */
  durable: true,
  /** Other processes on the same data see this one's writes, and race them. */
  shared: true,
  queue: true,
  streams: true,
  /** Changes made by other processes are notified; where they are not, they are found by looking 20 times a second. */
  push: false,
};
