import type {
  Append,
  Command,
  ErrorCode,
  Evaluation,
  EventType,
  Patch,
  Rule,
  View,
  Writes,
} from '@world/contract';
import type { Breakage } from './broken-world.js';

/** Ways to break a world that many faults share. */

/** Every command of an append is changed before the store executes it. */
export const alterCommands = (change: (command: Command) => Command): Breakage => ({
  store: (store) => ({
    append: (append) => store.append({ ...append, commands: append.commands.map(change) }),
  }),
});

/** The commands of one event type are changed. */
export const alterEvent = (
  eventType: EventType,
  change: (command: Command) => Partial<Command>,
): Breakage =>
  alterCommands((command) =>
    command.eventType === eventType ? { ...command, ...change(command) } : command,
  );

/** The rules of one event type are changed. */
export const alterRules = (
  eventType: EventType,
  change: (rules: readonly Rule[]) => readonly Rule[],
): Breakage => alterEvent(eventType, ({ rules }) => ({ rules: change(rules) }));

/** The row of an event type lacks the rules that refuse with this code. */
export const withoutRefusal = (eventType: EventType, code: ErrorCode): Breakage =>
  alterRules(eventType, (rules) =>
    rules.filter(({ otherwise }) => !('refuse' in otherwise && otherwise.refuse === code)),
  );

/** The patch of an event type is changed. */
export const alterPatch = (
  eventType: EventType,
  change: (patch: Patch) => Partial<Patch>,
): Breakage =>
  alterEvent(eventType, ({ patch }) =>
    patch === undefined ? {} : { patch: { ...patch, ...change(patch) } },
  );

/** What was decided is changed. */
export const alterEvaluation = (
  change: (evaluation: Evaluation, append: Append, view: View) => Evaluation,
): Breakage => ({
  evaluation: (decide) => (view, append, nowMs) =>
    change(decide(view, append, nowMs), append, view),
});

/** What is written differs from what was decided. */
export const alterWrites = (
  change: (writes: Writes, append: Append, view: View) => Writes,
): Breakage =>
  alterEvaluation(({ outcome, writes }, append, view) =>
    writes === undefined ? { outcome } : { outcome, writes: change(writes, append, view) },
  );

/** A refusal writes something all the same. */
export const writeOnRefusal = (
  residue: (append: Append, view: View) => Partial<Writes>,
): Breakage =>
  alterEvaluation((evaluation, append, view) => {
    const run = view.run(append.runId);
    if (evaluation.outcome.kind !== 'refused' || run === undefined) return evaluation;
    const nothing = {
      events: [],
      run,
      changesRun: true,
      entities: [],
      claims: [],
      releases: [],
      endsRun: false,
    };
    return { ...evaluation, writes: { ...nothing, ...residue(append, view) } };
  });

/** The entity is looked up before the commit, and no longer in it. */
export const checkBeforeCommit = (eventType: EventType, exists: ErrorCode): Breakage => ({
  store: (store) => ({
    async append(append) {
      const [command] = append.commands;
      if (command?.eventType !== eventType || command.entity === undefined) {
        return store.append(append);
      }
      const found = await store.readEntity(command.entity.kind, append.runId, command.entity.id);
      await Promise.resolve();
      if (found !== undefined) return store.append(append);
      const rules = command.rules.filter(
        ({ otherwise }) => !('refuse' in otherwise && otherwise.refuse === exists),
      );
      return store.append({ ...append, commands: [{ ...command, rules }] });
    },
  }),
});
