import type { EntityRecord, EventRecord, RunRecord, TokenOwner } from './store.js';
import type { EntityKind } from './transitions.js';

/** What the evaluator reads: the state at the instant of commit. */
export interface View {
  run(runId: string): RunRecord | undefined;
  entity(kind: EntityKind, runId: string, id: string): EntityRecord | undefined;
  tokenOwner(token: string): TokenOwner | undefined;
  /** What an idempotency key stands for. */
  keyed(runId: string, key: string): { firstSeq: number; lastSeq: number } | undefined;
  /** Ascending, beyond `afterSeq`. */
  events(runId: string, afterSeq: number, limit: number): readonly EventRecord[];
}
