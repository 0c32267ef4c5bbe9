import { TERMINAL_RUN_STATUSES } from '../transitions.js';
import { expectNoTrace, readLog } from './expect.js';
import { expectedOutcome } from './expected-outcome.js';

import { callerEventTypes, forEachCell, inCell } from './matrix.js';
import { reach } from './prior-states.js';
import { request } from './requests.js';
import type { ConformanceTest } from './types.js';

const isTerminal = (status: string): boolean =>
  (TERMINAL_RUN_STATUSES as readonly string[]).includes(status);

/** A write that must be refused, sent after everything that can commit: a fence that never fires is found out. */
export const canaryTests: readonly ConformanceTest[] = [
  {
    id: 'FE5-canary',
    title:
      'L5 FE5 after every event type that can commit, also two at once, a fence on any event but the last is refused',
    needs: [],
    async run({ world, open }) {
      const other = await open();
      for (const eventType of callerEventTypes) {
        await forEachCell(eventType, async (prior, makeRequest) => {
          const { runId, ...names } = await reach(world, prior);
          const one = makeRequest(names.id, names.token);
          if (expectedOutcome(one, prior).kind !== 'appended') return;
          await inCell(one, prior, async () => {
            await world.events.create(runId, one);
            const log = await readLog(world, runId);
            const write = (lastKnownEventId: string | undefined) =>
              other.events.create(runId, request.waitCreated('canary'), { lastKnownEventId });
            for (const { eventId } of log.slice(-3, -1)) {
              await expectNoTrace('FENCE_CONFLICT', world, runId, () => write(eventId));
            }
            const { status, lastKnownEventId } = await world.runs.get(runId);
            if (isTerminal(status)) {
              await expectNoTrace('RUN_TERMINAL', world, runId, () => write(lastKnownEventId));
            } else await write(lastKnownEventId);
          });
        });
      }
    },
  },
];
