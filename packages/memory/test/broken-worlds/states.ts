import { EVENT_TYPES, type Rule, TRANSITIONS } from '@world/contract';
import { alterEvaluation, alterPatch, alterRules, alterWrites, writeOnRefusal } from './alter.js';
import type { BrokenWorld } from './broken-world.js';

/** A clock that never shows the same ms twice. */
function tickingClock(): () => number {
  let nowMs = Date.now();
  return () => {
    nowMs += 1;
    return nowMs;
  };
}

const needsSubject = ({ when }: Rule): boolean => when.some(({ is }) => is === 'absent');

/** Worlds in which one row of the table does not hold. */
const lawless: readonly BrokenWorld[] = EVENT_TYPES.filter(
  (type) => !TRANSITIONS[type].worldOnly,
).map((eventType) => ({
  fault: `${eventType} is allowed whatever became of its subject`,
  caughtBy: `S-${eventType}`,
  breaks: alterRules(eventType, (rules) => rules.filter(needsSubject)),
}));

/** Worlds whose state machine differs from the table. */
export const brokenStates: readonly BrokenWorld[] = [
  ...lawless,
  {
    fault: 'the rules of a row are tried in another order',
    caughtBy: 'S-wait_completed',
    breaks: alterRules('wait_completed', (rules) => rules.toReversed()),
  },
  {
    fault: 'a refused append changes the entity',
    caughtBy: 'S-step_completed',
    breaks: writeOnRefusal(({ runId, commands }, view) => {
      const entity = commands[0]?.entity;
      const record = entity && view.entity(entity.kind, runId, entity.id);
      if (record === undefined) return {};
      return { entities: [{ ...record, state: { ...record.state, status: 'running' } }] };
    }),
  },
  {
    fault: 'a refused append moves the tail',
    caughtBy: 'S-wait_created',
    breaks: writeOnRefusal(({ runId }, view) => {
      const run = view.run(runId);
      const tail = run && { ...run.tail, eventId: `${run.tail.eventId.slice(0, -1)}Z` };
      return run && tail ? { run: { ...run, tail } } : {};
    }),
  },
  {
    fault: 'the entity keeps its status when its event is appended',
    caughtBy: 'S-step_failed',
    breaks: alterWrites((writes, { commands }) =>
      commands.at(-1)?.eventType === 'step_failed' ? { ...writes, entities: [] } : writes,
    ),
  },
  {
    fault: 'the result of an append shows the entity as it was before',
    caughtBy: 'S-step_started',
    breaks: alterEvaluation((evaluation, append, view) => {
      const { outcome } = evaluation;
      const entity = append.commands[0]?.entity;
      const before = entity && view.entity(entity.kind, append.runId, entity.id);
      if (outcome.kind !== 'committed' || before === undefined) return evaluation;
      const results = outcome.results.map((result) => ({ ...result, entity: before }));
      return { ...evaluation, outcome: { ...outcome, results } };
    }),
  },
  {
    fault: 'updatedAt stays as it was',
    caughtBy: 'S-run_completed',
    breaks: {
      ...alterPatch('run_completed', ({ stamp }) => ({
        stamp: stamp.filter((field) => field !== 'updatedAt'),
      })),
      clock: tickingClock(),
    },
  },
  {
    fault: 'a batch is executed event by event',
    caughtBy: 'S-in-one-batch',
    breaks: {
      store: (store) => ({
        async append(append) {
          const first = append.commands.slice(0, -1);
          for (const command of first) await store.append({ ...append, commands: [command] });
          return store.append({ ...append, commands: append.commands.slice(-1) });
        },
      }),
    },
  },
  {
    fault: 'run_started on an absent run moves the tail by one event of the two',
    caughtBy: 'FE5-canary',
    breaks: alterWrites((writes) => {
      const { events, run } = writes;
      const [first, second] = events;
      if (first?.eventType !== 'run_created' || second?.eventType !== 'run_started') return writes;
      return { ...writes, run: { ...run, tail: { ...run.tail, eventId: first.eventId } } };
    }),
  },
  {
    fault: 'a hook_conflict does not move the tail',
    caughtBy: 'FE5-canary',
    breaks: alterWrites((writes, { runId }, view) => {
      const { events, run } = writes;
      const eventId = view.run(runId)?.tail.eventId;
      if (events[0]?.eventType !== 'hook_conflict' || eventId === undefined) return writes;
      return { ...writes, run: { ...run, tail: { ...run.tail, eventId } } };
    }),
  },
];
