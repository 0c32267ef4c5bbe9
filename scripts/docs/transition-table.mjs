// The table of transitions in words: one row per event type.
import { ERRORS, EVENT_TYPES, TERMINAL_RUN_STATUSES, TRANSITIONS } from './contract.mjs';

const code = (text) => `\`${text}\``;

function list(names, last) {
  const coded = names.map(code);
  if (coded.length < 2) return coded.join('');
  return `${coded.slice(0, -1).join(', ')} ${last} ${coded.at(-1)}`;
}

function conditionText({ of, is, statuses, field }, subject) {
  if (of === 'token') return is === 'present' ? 'token held' : 'token free';
  const name = of === 'subject' ? subject : of;
  if (is === 'absent') return `${name} absent`;
  if (is === 'present') return `${name} exists`;
  if (is === 'ahead') return `${code(field)} not yet reached`;
  const ended = name === 'run' && statuses.join() === TERMINAL_RUN_STATUSES.join();
  if (ended && is === 'in') return 'run ended';
  return `${name} ${is === 'in' ? '' : 'not '}${list(statuses, 'or')}`;
}

function otherwiseText({ refuse, append, eventField }) {
  if (refuse !== undefined) return `${ERRORS[refuse].status} ${code(refuse)}`;
  if (append !== undefined) return `appends ${code(append)} instead`;
  return `appends nothing, returns the run${eventField === undefined ? '' : ' and the earlier event'}`;
}

/** Neighbours that end the same are told as one. That a run must exist stands before the table. */
function rulesText({ run, rules, subject }) {
  const told = rules.map(({ when, otherwise }) => ({
    when: when.map((one) => conditionText(one, subject)).join(' and '),
    what: otherwiseText(otherwise),
  }));
  const merged = [];
  for (const { when, what } of told) {
    const before = merged.at(-1);
    if (before?.what === what) before.when += `, or ${when}`;
    else merged.push({ when, what });
  }
  const lines = merged.map(({ when, what }) => `${when}: ${what}`);
  const first = `run absent, ${code('eventData')} complete: appends ${code('run_created')} first`;
  return (run === 'created' ? [first, ...lines] : lines).join('<br>');
}

const HOUSEKEEPING = ['createdAt', 'updatedAt'];

function effectText({ subject, effect }) {
  if (effect.status === undefined) return 'the log only';
  const payload = Object.entries(effect.payload ?? {}).map(([field, from]) =>
    field === from ? code(field) : `${code(field)} = ${code(from)}`,
  );
  const set = [
    ...[...(effect.copy ?? []), ...(effect.encode ?? [])].map(code),
    ...payload,
    ...(effect.error ? [code('error')] : []),
    ...Object.entries(effect.initial ?? {}).map(([field, value]) => `${code(field)} = ${value}`),
    ...(effect.stampOnce ?? []).map((field) => `${code(field)} if unset`),
    ...(effect.stamp ?? []).filter((field) => !HOUSEKEEPING.includes(field)).map(code),
  ];
  const actions = [
    ...(effect.increment ?? []).map((field) => `${code(field)} + 1`),
    ...(effect.unset ?? []).map((field) => `${code(field)} removed`),
    ...(effect.token === 'claim' ? ['token claimed'] : []),
    ...(effect.token === 'release' ? ['token released'] : []),
    ...(effect.endsRun ? ['live hooks and open waits closed, tokens released'] : []),
  ];
  const sets = set.length === 0 ? [] : [`sets ${set.join(', ')}`];
  return [`${subject} → ${code(effect.status)}`, ...sets, ...actions].join('; ');
}

function kindText({ outOfBand, outcome, worldOnly }) {
  const kind = outOfBand ? 'out-of-band' : 'in-band';
  return `${kind}${outcome ? ', outcome' : ''}${worldOnly ? ', written by the world only' : ''}`;
}

export function transitionTable() {
  const rows = EVENT_TYPES.map((type) => {
    const row = TRANSITIONS[type];
    const payload = row.payloadFields.map(code).join(', ') || '–';
    return `| ${[code(type), kindText(row), rulesText(row), effectText(row), payload].join(' | ')} |`;
  });
  return [
    '| event | kind | the first of these that applies decides | else it is appended, with the effect | payload |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
