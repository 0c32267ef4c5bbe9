// Mermaid state diagrams of runs, steps, hooks and waits, found by trying every event of the table in every situation.
import { EVENT_TYPES, ON_RUN_END, TERMINAL_RUN_STATUSES, TRANSITIONS } from './contract.mjs';

const SUBJECTS = ['run', 'step', 'hook', 'wait'];
const START = '[*]';

function holds({ of, is, statuses, field }, situation) {
  if (of === 'token') return (is === 'present') === situation.tokenHeld;
  const status = of === 'run' ? situation.run : situation.subject;
  if (is === 'absent') return status === undefined;
  if (is === 'present') return status !== undefined;
  if (status === undefined) return false;
  if (is === 'ahead') return situation.ahead === field;
  return statuses.includes(status) === (is === 'in');
}

/** The event that is appended and what its subject becomes; undefined when nothing is appended. */
function outcomeOf(eventType, situation) {
  const row = TRANSITIONS[eventType];
  if (situation.run === undefined) {
    if (row.run === 'required') return undefined;
    if (row.run === 'created') {
      const created = TRANSITIONS.run_created.effect.status;
      const then = outcomeOf(eventType, { ...situation, run: created, subject: created });
      return then && { ...then, label: `run_created + ${then.label}` };
    }
  }
  const rule = row.rules.find(({ when }) => when.every((one) => holds(one, situation)));
  if (rule === undefined) return { label: eventType, to: row.effect.status ?? situation.subject };
  const { append } = rule.otherwise;
  if (append === undefined) return undefined;
  return { label: `${append} (${eventType}, token held)`, to: TRANSITIONS[append].effect.status };
}

const runStatuses = [
  ...new Set(
    EVENT_TYPES.map((type) => TRANSITIONS[type]).filter(({ subject }) => subject === 'run'),
  ),
].map(({ effect }) => effect.status);

/** Time fields that a rule compares with the clock. */
const aheadFields = new Set(
  Object.values(TRANSITIONS)
    .flatMap(({ rules }) => rules.flatMap(({ when }) => when))
    .flatMap(({ field }) => field ?? []),
);

/** Every situation in which a subject of this status can be. */
function* situationsOf(subject, status) {
  const leftOpen = ON_RUN_END.some(({ kind, from }) => kind === subject && from === status);
  const closed = ON_RUN_END.some(({ kind, to }) => kind === subject && to === status);
  for (const run of subject === 'run' ? [status] : runStatuses) {
    const ended = TERMINAL_RUN_STATUSES.includes(run);
    if ((leftOpen && ended) || (closed && !ended)) continue;
    for (const tokenHeld of [false, true]) {
      for (const ahead of [undefined, ...aheadFields]) {
        yield { run, ended, subject: status, tokenHeld, ahead };
      }
    }
  }
}

/** Edges from `from` to `to` with the labels that lead there, reached from the absent subject on. */
function explore(subject) {
  const events = EVENT_TYPES.filter(
    (type) => TRANSITIONS[type].subject === subject && !TRANSITIONS[type].worldOnly,
  );
  const edges = new Map();
  const afterEnd = new Map();
  const open = [undefined];
  const known = new Set();
  const addEdge = (from, to, label) => {
    const key = `${from ?? START} --> ${to}`;
    edges.set(key, (edges.get(key) ?? new Set()).add(label));
    if (!known.has(to)) {
      known.add(to);
      open.push(to);
    }
  };
  for (const status of open) {
    for (const type of events) {
      for (const situation of situationsOf(subject, status)) {
        const outcome = outcomeOf(type, situation);
        if (outcome === undefined) continue;
        addEdge(status, outcome.to, outcome.label);
        if (subject !== 'run' && situation.ended) {
          afterEnd.set(status, (afterEnd.get(status) ?? new Set()).add(type));
        }
      }
    }
    for (const { kind, from, to } of ON_RUN_END) {
      if (kind === subject && from === status) addEdge(from, to, 'the run ends');
    }
  }
  return { edges, statuses: [...known], afterEnd };
}

function diagram(subject) {
  const { edges, statuses, afterEnd } = explore(subject);
  const lines = [...edges].map(([edge, labels]) => `  ${edge} : ${[...labels].join(', ')}`);
  const terminal = statuses.filter(
    (status) => ![...edges.keys()].some((edge) => edge.startsWith(`${status} -->`)),
  );
  const ends = terminal.map((status) => `  ${status} --> ${START}`);
  const code = (names) => [...names].map((name) => `\`${name}\``).join(', ');
  const allowed = [...afterEnd].map(
    ([from, types]) => `${code(types)} of a \`${from}\` ${subject}`,
  );
  const note = allowed.length === 0 ? 'none' : allowed.join('; ');
  return [
    `**${subject[0].toUpperCase()}${subject.slice(1)}**`,
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...lines,
    ...ends,
    '```',
    ...(subject === 'run' ? [] : ['', `Accepted after the end of the run: ${note}.`]),
  ].join('\n');
}

export const stateDiagrams = () => SUBJECTS.map(diagram).join('\n\n');
