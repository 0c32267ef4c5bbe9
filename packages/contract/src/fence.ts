import { eventIdTime, lowestEventIdAt } from './event-id.js';
import type { Fence, FenceConflict, Tail } from './store.js';
import type { StoredLog } from './stored-log.js';

/** The last position that the writer knew: 0 is the empty log, undefined an id that this log does not hold. */
export function knownPosition(
  { lastKnownEventId, asOfTimestamp }: Fence,
  log: StoredLog,
): number | undefined {
  return lastKnownEventId === undefined
    ? log.countBelow(lowestEventIdAt(asOfTimestamp ?? 0))
    : log.positionOf(lastKnownEventId);
}

/** The conflict of a fence with the tail at the instant of commit, if there is one (F1, F3). */
export function findFenceConflict(
  fence: Fence,
  tail: Tail | undefined,
  log: StoredLog,
  missedLimit: number,
): FenceConflict | undefined {
  if (isCurrent(fence, tail, log)) return undefined;
  const known = knownPosition(fence, log);
  return {
    lastKnownEventId: fence.lastKnownEventId ?? log.at(known ?? 0)?.eventId ?? null,
    missed: log.after(known ?? 0, missedLimit),
  };
}

/** Nothing that the scope counts as newer was committed since. Reads the log only where the tail does not tell. */
function isCurrent(fence: Fence, tail: Tail | undefined, log: StoredLog): boolean {
  const { lastKnownEventId, asOfTimestamp, scope } = fence;
  const newest = scope === 'in-band' ? tail?.decisionId : tail?.eventId;
  if (lastKnownEventId === undefined) {
    return newest === undefined || eventIdTime(newest) < (asOfTimestamp ?? 0);
  }
  if (tail === undefined || newest === undefined) return false;
  if (tail.eventId === lastKnownEventId) return true;
  const inBand = scope === 'in-band' && newest <= lastKnownEventId;
  return inBand && log.positionOf(lastKnownEventId) !== undefined;
}
