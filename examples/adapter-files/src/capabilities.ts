import type { Capabilities } from '@world/contract';

/** What this adapter can do. */
export const CAPABILITIES: Capabilities = {
  durable: true,
  // One process has the files at a time; another one is refused.
  shared: false,
  queue: true,
  streams: true,
  // Nobody else makes changes, so all are notified.
  push: true,
};
