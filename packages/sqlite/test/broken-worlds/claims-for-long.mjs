// A world whose workers claim for an hour, so as not to have to extend.
import { createWorld as open } from '@world/sqlite';

export const createWorld = ({ queue, ...options }) =>
  open({ ...options, queue: { ...queue, leaseMs: 3_600_000 } });
