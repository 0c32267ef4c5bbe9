import { applyPatch, tailAfter } from './advance.js';
import { createCommand } from './command.js';
import type { ParsedEvent } from './events.js';
import type { EntityRecord, RunRecord, State } from './store.js';
import { type EntityKind, ON_RUN_END } from './transitions.js';

/**
 * The state that a log stands for: every effect of the table, in order, without its rules. Entities of a store must
 * equal the fold of its log (L4).
 */
export class LogFold {
  #run: RunRecord | undefined;
  readonly #entities = new Map<string, EntityRecord>();

  get run(): RunRecord | undefined {
    return this.#run;
  }

  get entities(): readonly EntityRecord[] {
    return [...this.#entities.values()];
  }

  entity(kind: EntityKind, id: string): EntityRecord | undefined {
    return this.#entities.get(`${kind}\0${id}`);
  }

  /** Adds the next event, and returns the record that it changed. */
  add(event: ParsedEvent): RunRecord | EntityRecord {
    const command = createCommand(event);
    const { runId, seq } = event;
    const nowMs = event.createdAt.getTime();
    const tail = tailAfter(this.#run?.tail, command, event);
    const { entity, patch } = command;
    const state = entity ? this.entity(entity.kind, entity.id)?.state : this.#run?.state;
    const next: State = patch
      ? applyPatch(state, patch, { nowMs, seq })
      : (state ?? { status: '' });
    const runState = entity === undefined ? next : (this.#run?.state ?? { status: '' });
    this.#run = { runId, tail, state: runState };
    if (command.endsRun) this.#endRun();
    if (entity === undefined) return this.#run;
    const record: EntityRecord = { runId, ...entity, state: next };
    this.#entities.set(`${entity.kind}\0${entity.id}`, record);
    return record;
  }

  #endRun(): void {
    for (const [key, record] of this.#entities) {
      for (const { kind, from, to } of ON_RUN_END) {
        if (record.kind !== kind || record.state.status !== from) continue;
        this.#entities.set(key, { ...record, state: { ...record.state, status: to } });
      }
    }
  }
}
