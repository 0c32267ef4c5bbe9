import type { LogKind } from '../logs/log.js';
import type { Workload } from '../logs/workloads.js';
import type { Subject } from '../measure/benchmark.js';

/** A log under a workload. */
export const under = (kind: LogKind, workload: Workload): Subject => ({
  name: kind.name,
  async open({ measureMs }) {
    const log = await kind.open();
    return { measure: () => workload(log, measureMs), close: () => log.close() };
  },
});
