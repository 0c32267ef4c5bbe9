import { applyPatch, payloadSeqs, tailAfter } from './advance.js';
import type { Command } from './command.js';
import type { Draft } from './draft.js';
import { ENTROPY_LENGTH, mintEventId } from './event-id.js';
import { findFenceConflict, knownPosition } from './fence.js';
import type {
  Append,
  CommandResult,
  Committed,
  EntityRecord,
  EventPage,
  EventRecord,
  Outcome,
  Refused,
  RunRecord,
  State,
  TokenOwner,
} from './store.js';
import { StoredLog } from './stored-log.js';
import type { Condition, Otherwise } from './transitions.js';
import type { View } from './view.js';

/**
 * The reference evaluator: decides what an append does to the state that it finds. Stores that run JavaScript inside
 * their commit call it; others execute the same commands by the same steps. It knows no event type.
 */

/** What a store has to write. Complete or not at all, in any order, except that `endsRun` comes after `entities`. */
export interface Writes {
  readonly events: readonly EventRecord[];
  readonly run: RunRecord;
  /** The run's state has changed, not only its tail. */
  readonly changesRun: boolean;
  readonly entities: readonly EntityRecord[];
  readonly claims: readonly { readonly token: string; readonly hookId: string }[];
  readonly releases: readonly string[];
  /** The run has ended: close what `ON_RUN_END` names, release all tokens of the run. */
  readonly endsRun: boolean;
  readonly key?: { readonly key: string; readonly firstSeq: number; readonly lastSeq: number };
}

/** What an append comes to. */
export interface Evaluation {
  readonly outcome: Outcome;
  /** Absent when there is nothing to write. */
  readonly writes?: Writes;
}

/** An entity that commands are about: as the view has it, then as they have left it. */
interface Subject {
  record: EntityRecord | undefined;
  isChanged: boolean;
}

/** One append under evaluation: what it has read and changed so far. */
class Evaluator {
  readonly #view: View;
  readonly #append: Append;
  readonly #nowMs: number;
  readonly #before: RunRecord | undefined;
  readonly #log: StoredLog;
  #run: RunRecord | undefined;
  /** By kind and id; each is read once, however many rules ask. */
  readonly #subjects = new Map<string, Subject>();
  readonly #readOwners = new Map<string, TokenOwner | undefined>();
  readonly #events: EventRecord[] = [];
  readonly #claims = new Map<string, string>();
  readonly #releases = new Set<string>();
  #endsRun = false;

  constructor(view: View, append: Append, nowMs: number) {
    this.#view = view;
    this.#append = append;
    this.#nowMs = nowMs;
    this.#before = view.run(append.runId);
    this.#log = new StoredLog(view, append.runId, this.#before?.tail.seq ?? 0);
    this.#run = this.#before;
  }

  evaluate(): Evaluation {
    const { runId, idempotencyKey, commands } = this.#append;
    const keyed =
      idempotencyKey === undefined ? undefined : this.#view.keyed(runId, idempotencyKey);
    if (keyed !== undefined) return { outcome: { kind: 'replayed', ...keyed } };

    const refused = this.#checkRun(0) ?? this.#checkFence() ?? this.#checkGuard();
    if (refused !== undefined) return { outcome: refused };

    const results: CommandResult[] = [];
    for (const [index, command] of commands.entries()) {
      const result = this.#checkRun(index) ?? this.#execute(command, index);
      if ('kind' in result) return { outcome: result };
      results.push(result);
    }
    const outcome = this.#committed(results);
    const writes = this.#writes();
    return writes === undefined ? { outcome } : { outcome, writes };
  }

  #refuse(code: Refused['code'], index: number, facts: Partial<Refused> = {}): Refused {
    const run = this.#run;
    return { kind: 'refused', code, index, nowMs: this.#nowMs, ...(run && { run }), ...facts };
  }

  #checkRun(index: number): Refused | undefined {
    const command = this.#append.commands[index];
    if (this.#run !== undefined || command === undefined || command.run === 'optional') return;
    return command.first === undefined ? this.#refuse('RUN_NOT_FOUND', index) : undefined;
  }

  // ---- fence and guard: against the log before this append

  #checkFence(): Refused | undefined {
    const { fence, missedLimit } = this.#append;
    const conflict = fence && findFenceConflict(fence, this.#before?.tail, this.#log, missedLimit);
    return conflict && this.#refuse('FENCE_CONFLICT', 0, { conflict });
  }

  #checkGuard(): Refused | undefined {
    const { stateUpdatedAt } = this.#append;
    const outcomeAt = this.#before?.tail.outcomeAt ?? 0;
    if (stateUpdatedAt === undefined || outcomeAt <= stateUpdatedAt) return undefined;
    return this.#refuse('PRECONDITION_FAILED', 0);
  }

  #eventAt(seq: number): EventRecord | undefined {
    return this.#log.at(seq) ?? this.#events[seq - this.#log.length - 1];
  }

  // ---- commands: against the state as the commands before have left it

  /** Undefined when the command is about the run. */
  #subjectOf({ entity }: Command): Subject | undefined {
    if (entity === undefined) return undefined;
    const key = `${entity.kind}\0${entity.id}`;
    let subject = this.#subjects.get(key);
    if (subject === undefined) {
      const record = this.#view.entity(entity.kind, this.#append.runId, entity.id);
      subject = { record, isChanged: false };
      this.#subjects.set(key, subject);
    }
    return subject;
  }

  #owner({ claims }: Command): TokenOwner | undefined {
    return claims === undefined ? undefined : this.#ownerOf(claims);
  }

  #ownerOf(token: string): TokenOwner | undefined {
    const claimedHere = this.#claims.get(token);
    if (claimedHere !== undefined) return { runId: this.#append.runId, hookId: claimedHere };
    if (this.#releases.has(token)) return undefined;
    if (!this.#readOwners.has(token)) this.#readOwners.set(token, this.#view.tokenOwner(token));
    return this.#readOwners.get(token);
  }

  #execute(command: Command, index: number): Refused | CommandResult {
    if (command.first !== undefined && this.#run === undefined) {
      this.#write(command.first, index, undefined, this.#subjectOf(command.first));
    }
    const subject = this.#subjectOf(command);
    const rule = command.rules.find(({ when }) =>
      when.every((one) => this.#holdsTrue(one, command, subject)),
    );
    return rule === undefined
      ? this.#write(command, index, undefined, subject)
      : this.#otherwise(rule.otherwise, command, index, subject);
  }

  #otherwise(
    otherwise: Otherwise,
    command: Command,
    index: number,
    subject: Subject | undefined,
  ): Refused | CommandResult {
    const owner = this.#owner(command);
    const { instead } = command;
    if ('append' in otherwise && instead !== undefined && this.#append.provenance === undefined) {
      return this.#write(instead, index, owner, this.#subjectOf(instead));
    }
    const entity = subject?.record;
    const facts = { ...(entity && { entity }), ...(owner && { owner }) };
    if ('refuse' in otherwise) return this.#refuse(otherwise.refuse, index, facts);
    if ('append' in otherwise) return this.#refuse('TOKEN_HELD', index, facts);
    const run = this.#run;
    if (run === undefined) return this.#refuse('RUN_NOT_FOUND', index);
    const seq = otherwise.eventField === undefined ? undefined : run.state[otherwise.eventField];
    const event = typeof seq === 'number' ? this.#eventAt(seq) : undefined;
    return { run, ...(entity && { entity }), ...(event && { event }) };
  }

  #holdsTrue(condition: Condition, command: Command, subject: Subject | undefined): boolean {
    const { of, is, statuses, field } = condition;
    const present =
      of === 'token'
        ? this.#owner(command)
        : of === 'run' || subject === undefined
          ? this.#run
          : subject.record;
    if (is === 'absent') return present === undefined;
    if (is === 'present') return present !== undefined;
    if (present === undefined || !('state' in present)) return false;
    if (is === 'in') return statuses?.includes(present.state.status) ?? false;
    if (is === 'not-in') return !(statuses?.includes(present.state.status) ?? true);
    return field !== undefined && Number(present.state[field] ?? 0) > this.#nowAt();
  }

  #nowAt(index?: number): number {
    const { provenance } = this.#append;
    return provenance?.[index ?? this.#events.length]?.createdAt ?? this.#nowMs;
  }

  /** Appends the command's event to the overlay, and changes its subject. */
  #write(
    command: Command,
    index: number,
    owner: TokenOwner | undefined,
    subject: Subject | undefined,
  ): CommandResult {
    const { runId } = this.#append;
    const event = this.#mint(command, index, owner);
    const at = { nowMs: event.createdAt, seq: event.seq };
    const tail = tailAfter(this.#run?.tail, command, event);
    const { entity, patch } = command;
    const before = subject === undefined ? this.#run : subject.record;
    const state = patch === undefined ? before?.state : applyPatch(before?.state, patch, at);
    if (state === undefined) throw new Error(`${command.eventType} has no subject to change`);
    const run: RunRecord = {
      runId,
      tail,
      state: entity === undefined ? state : this.#stateOfRun(),
    };
    this.#run = run;
    this.#events.push(event);
    if (command.claims !== undefined) this.#claims.set(command.claims, entity?.id ?? '');
    if (command.endsRun) this.#endsRun = true;
    if (entity === undefined || subject === undefined) return { event, run };
    const changed: EntityRecord = { runId, kind: entity.kind, id: entity.id, state };
    if (patch !== undefined) {
      subject.record = changed;
      subject.isChanged = true;
    }
    if (command.releasesToken) this.#release(changed);
    return { event, run, entity: changed };
  }

  /** Releases the token of a hook, if it is still the hook's own: an imported hook may never have held it. */
  #release({ id, state: { token } }: EntityRecord): void {
    if (typeof token !== 'string') return;
    const owner = this.#ownerOf(token);
    if (owner?.runId !== this.#append.runId || owner.hookId !== id) return;
    this.#releases.add(token);
    this.#claims.delete(token);
  }

  #stateOfRun(): State {
    if (this.#run === undefined) throw new Error('an entity event needs its run');
    return this.#run.state;
  }

  #mint(command: Command, index: number, owner: TokenOwner | undefined): EventRecord {
    const { runId, provenance, entropy } = this.#append;
    const minted: Draft<EventRecord> = {
      runId,
      seq: (this.#run?.tail.seq ?? 0) + 1,
      eventId:
        provenance?.[index]?.eventId ??
        mintEventId({
          tail: this.#run?.tail.eventId,
          nowMs: this.#nowMs,
          strictlyLater: command.outcome,
          entropy: entropy[this.#events.length] ?? '0'.repeat(ENTROPY_LENGTH),
        }),
      eventType: command.eventType,
      createdAt: this.#nowAt(index),
    };
    if (command.correlationId !== undefined) minted.correlationId = command.correlationId;
    if (command.specVersion !== undefined) minted.specVersion = command.specVersion;
    if (command.occurredAt !== undefined) minted.occurredAt = command.occurredAt;
    if (command.data !== undefined) minted.data = command.data;
    if (owner !== undefined) minted.conflictingRunId = owner.runId;
    return minted;
  }

  // ---- what comes out

  #committed(results: readonly CommandResult[]): Committed {
    const { payloads, logLimit, fence, missedLimit } = this.#append;
    const inBand = fence?.scope === 'in-band' && this.#before !== undefined;
    const known = inBand ? knownPosition(fence, this.#log) : undefined;
    const passed = known === undefined ? undefined : this.#log.after(known, missedLimit);
    return {
      kind: 'committed',
      results,
      payloads: payloads ? this.#payloadsOf(results) : [],
      ...(logLimit > 0 && { log: this.#logSoFar(logLimit) }),
      ...(passed && { passed }),
    };
  }

  #logSoFar(limit: number): EventPage {
    const stored = this.#view.events(this.#append.runId, 0, limit + 1);
    const all = [...stored, ...this.#events];
    return { events: all.slice(0, limit), hasMore: all.length > limit };
  }

  #payloadsOf(results: readonly CommandResult[]): readonly EventRecord[] {
    const found = new Map<number, EventRecord>();
    for (const { run, entity } of results) {
      for (const seq of payloadSeqs(entity ?? run)) {
        const event = found.has(seq) ? undefined : this.#eventAt(seq);
        if (event !== undefined) found.set(seq, event);
      }
    }
    return [...found.values()];
  }

  #writes(): Writes | undefined {
    const run = this.#run;
    const { idempotencyKey: key } = this.#append;
    // A keyed append that changed nothing has an outcome all the same: the range of its events is empty.
    const firstSeq = this.#log.length + 1;
    if (run === undefined || (this.#events.length === 0 && key === undefined)) return undefined;
    return {
      events: this.#events,
      run,
      changesRun: run.state !== this.#before?.state,
      entities: [...this.#subjects.values()].flatMap(({ record, isChanged }) =>
        isChanged && record !== undefined ? record : [],
      ),
      claims: [...this.#claims].map(([token, hookId]) => ({ token, hookId })),
      releases: [...this.#releases].filter((token) => !this.#claims.has(token)),
      endsRun: this.#endsRun,
      ...(key !== undefined && { key: { key, firstSeq, lastSeq: run.tail.seq } }),
    };
  }
}

/** Decides what an append does. Pure: reads through the view, writes nothing. `nowMs` is the store's clock. */
export function evaluate(view: View, append: Append, nowMs: number): Evaluation {
  return new Evaluator(view, append, nowMs).evaluate();
}
