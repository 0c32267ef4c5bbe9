import type { SortOrder } from '@world/contract';

/** Ranges of the index, as `lua/lib/index-members.lua` writes its members. */

/** Ascending bounds, as ZRANGEBYLEX takes them. */
export interface IndexRange {
  readonly from: string;
  readonly to: string;
}

const TIME_LENGTH = 17;
const RUN_ID_LENGTH = 31;
const SEQ_LENGTH = 16;
const EARLIEST_MS = 8.64e15;

/** A time, epoch ms, as 17 characters in its order. */
const sortTime = (ms: number): string =>
  ms < 0
    ? `-${(ms + EARLIEST_MS).toFixed(0).padStart(16, '0')}`
    : `0${ms.toFixed(0).padStart(16, '0')}`;

/** Above every time and every run id. */
const LAST = '~';

/** Everything that begins with a prefix, beyond a position in it. */
function rangeOf(prefix: string, after: string | undefined, order: SortOrder): IndexRange {
  const beyond = after === undefined ? undefined : `(${prefix}${after}`;
  return order === 'asc'
    ? { from: beyond ?? `[${prefix}`, to: `(${prefix}${LAST}` }
    : { from: `[${prefix}`, to: beyond ?? `(${prefix}${LAST}` };
}

/** Where a run stands in every range of runs. */
export const runPosition = (at: { readonly createdAt: number; readonly runId: string }): string =>
  `${sortTime(at.createdAt)}${at.runId}`;

/** A position beyond which, in this order, everything lies that is beyond an entity. */
export function holderPosition(
  at: { readonly createdAt: number; readonly runId: string; readonly createdSeq: number },
  order: SortOrder,
): string {
  // Behind the position of a member stands its id: it lies above its position, and below the next one.
  const seq = order === 'asc' ? at.createdSeq + 1 : at.createdSeq;
  return `${runPosition(at)}${seq.toFixed(0).padStart(SEQ_LENGTH, '0')}`;
}

export const runsOfStatus = (
  status: string,
  after: string | undefined,
  order: SortOrder,
): IndexRange => rangeOf(`s${status}\0`, after, order);

export const runsOfWorkflow = (
  workflowName: string,
  after: string | undefined,
  order: SortOrder,
): IndexRange => rangeOf(`w${workflowName}\0`, after, order);

/** Runs of a status that ended before a time, epoch ms. */
export const runsEndedBefore = (status: string, ms: number): IndexRange => ({
  from: `[e${status}\0`,
  to: `(e${status}\0${sortTime(ms)}`,
});

/** Entities of a kind that hold a token. */
export const holdersOf = (kind: string, after: string | undefined, order: SortOrder): IndexRange =>
  rangeOf(`h${kind}\0`, after, order);

/** Runs in which an entity of this id holds a token. */
export const runsHolding = (kind: string, id: string): IndexRange =>
  rangeOf(`i${kind}\0${id}\0`, undefined, 'asc');

/** What a member says. */
export interface Member {
  readonly text: string;
  /** What orders it within its range, and across ranges of the same kind. */
  readonly position: string;
  readonly runId: string;
}

/** A member of a range of runs. */
export function runMember(text: string): Member {
  const position = text.slice(text.lastIndexOf('\0') + 1);
  return { text, position, runId: position.slice(TIME_LENGTH) };
}

/** A member of {@link holdersOf}. */
export function holderMember(text: string): Member & { readonly id: string } {
  const position = text.slice(text.indexOf('\0') + 1);
  const runId = position.slice(TIME_LENGTH, TIME_LENGTH + RUN_ID_LENGTH);
  return { text, position, runId, id: position.slice(TIME_LENGTH + RUN_ID_LENGTH + SEQ_LENGTH) };
}

/** The member of {@link runsHolding} that stands beside one of {@link holdersOf}. */
export const idTextOf = (kind: string, { id, runId }: { id: string; runId: string }): string =>
  `i${kind}\0${id}\0${runId}`;

/** A member of {@link runsHolding}. */
export function idMember(text: string): Member {
  const runId = text.slice(text.lastIndexOf('\0') + 1);
  return { text, position: runId, runId };
}
