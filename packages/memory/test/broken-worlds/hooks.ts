import type { Outcome, Rule, TokenOwner, Writes } from '@world/contract';
import {
  alterCommands,
  alterEvaluation,
  alterRules,
  alterWrites,
  withoutRefusal,
  writeOnRefusal,
} from './alter.js';
import type { Breakage, BrokenWorld } from './broken-world.js';

const refuses = ({ otherwise }: Rule, code: string): boolean =>
  'refuse' in otherwise && otherwise.refuse === code;

const isTokenRule = ({ otherwise }: Rule): boolean => 'append' in otherwise;

/** Tokens are released by disposals only: an owner is remembered beyond the end of its run. */
function tokensOutliveRuns(): Breakage {
  const owners = new Map<string, TokenOwner>();
  return {
    evaluation: (decide) => (view, append, nowMs) => {
      const evaluation = decide(
        {
          run: (...args) => view.run(...args),
          entity: (...args) => view.entity(...args),
          keyed: (...args) => view.keyed(...args),
          events: (...args) => view.events(...args),
          tokenOwner: (token) => owners.get(token),
        },
        append,
        nowMs,
      );
      for (const token of evaluation.writes?.releases ?? []) owners.delete(token);
      for (const { token, hookId } of evaluation.writes?.claims ?? []) {
        owners.set(token, { runId: append.runId, hookId });
      }
      return evaluation;
    },
  };
}

/** The end of a run releases every token that the run has ever named. */
function runEndReleasesAllNamed(): Breakage {
  const named = new Map<string, readonly string[]>();
  return alterWrites((writes, { runId, commands }) => {
    const tokens = [
      ...(named.get(runId) ?? []),
      ...commands.flatMap(({ claims }) => (claims === undefined ? [] : [claims])),
    ];
    named.set(runId, tokens);
    return writes.endsRun ? { ...writes, releases: tokens } : writes;
  });
}

/** The token is looked up before the commit, and no longer in it. */
const tokenCheckedBeforeCommit: Breakage = {
  store: (store) => ({
    async append(append) {
      const [command] = append.commands;
      if (command?.claims === undefined) return store.append(append);
      const owner = await store.readTokenOwner(command.claims);
      await Promise.resolve();
      if (owner !== undefined) return store.append(append);
      const rules = command.rules.filter((rule) => !isTokenRule(rule));
      return store.append({ ...append, commands: [{ ...command, rules }] });
    },
  }),
};

const withoutOwners = (outcome: Outcome): Outcome =>
  outcome.kind === 'committed'
    ? {
        ...outcome,
        results: outcome.results.map(({ event, ...result }) => {
          if (event === undefined) return result;
          const { conflictingRunId: _, ...anonymous } = event;
          return { ...result, event: anonymous };
        }),
      }
    : outcome;

const anonymousConflicts = (writes: Writes): Writes => ({
  ...writes,
  events: writes.events.map(({ conflictingRunId: _, ...event }) => event),
});

/** Worlds whose hooks or tokens are not what they should be. */
export const brokenHooks: readonly BrokenWorld[] = [
  {
    fault: 'hook_received is accepted after the disposal',
    caughtBy: 'EN8-received-too-late',
    breaks: alterRules('hook_received', (rules) =>
      rules.map((rule) => ({
        ...rule,
        when: rule.when.map((one) =>
          one.is === 'not-in' ? { ...one, statuses: ['live', 'disposed'] } : one,
        ),
      })),
    ),
  },
  {
    fault: 'hook_received is accepted after the end of the run',
    caughtBy: 'EN8-received-or-ended',
    breaks: withoutRefusal('hook_received', 'HOOK_NOT_FOUND'),
  },
  {
    fault: 'the token of a hook is looked up before the commit, not in it',
    caughtBy: 'EN9-one-owner',
    breaks: tokenCheckedBeforeCommit,
  },
  {
    fault: 'a hook_conflict does not name the owner',
    caughtBy: 'EN9-one-owner',
    breaks: alterEvaluation(({ outcome, writes }) => ({
      outcome: withoutOwners(outcome),
      ...(writes && { writes: anonymousConflicts(writes) }),
    })),
  },
  {
    fault: 'a conflict returns a hook',
    caughtBy: 'EN9-one-owner',
    breaks: alterEvaluation((evaluation) => {
      const { outcome } = evaluation;
      if (outcome.kind !== 'committed') return evaluation;
      const results = outcome.results.map(({ entity, ...result }) => ({
        ...result,
        ...(entity && { entity: { ...entity, state: { ...entity.state, status: 'live' } } }),
      }));
      return { ...evaluation, outcome: { ...outcome, results } };
    }),
  },
  {
    fault: 'a repeated hook_created conflicts with itself',
    caughtBy: 'EN10-hook-created-again',
    breaks: alterRules('hook_created', (rules) =>
      rules.filter((rule) => !refuses(rule, 'HOOK_EXISTS')),
    ),
  },
  {
    fault: 'a token is not released by the disposal',
    caughtBy: 'EN11-disposal-frees-the-token',
    breaks: alterWrites((writes) => ({ ...writes, releases: [] })),
  },
  {
    fault: 'a token is not released by the end of the run',
    caughtBy: 'EN11-run-end-frees-the-token',
    breaks: tokensOutliveRuns(),
  },
  {
    fault: 'the end of a run releases tokens that others own',
    caughtBy: 'EN11-only-own-tokens-are-freed',
    breaks: runEndReleasesAllNamed(),
  },
  {
    fault: 'a batch releases tokens after it has claimed them',
    caughtBy: 'EN11-tokens-within-a-batch',
    breaks: alterWrites((writes, { commands }) => {
      if (!commands.some(({ releasesToken }) => releasesToken)) return writes;
      const claimed = writes.claims.map(({ token }) => token);
      return { ...writes, claims: [], releases: [...writes.releases, ...claimed] };
    }),
  },
  {
    fault: 'a disposal takes the token from whoever owns it',
    caughtBy: 'EN11-handed-over-under-load',
    breaks: alterCommands((command) => ({
      ...command,
      rules: command.rules.filter((rule) => !isTokenRule(rule)),
    })),
  },
  {
    fault: 'a refused hook_created leaves its token claimed',
    caughtBy: 'F4-refused-claims-nothing',
    breaks: writeOnRefusal(({ commands }) => ({
      claims: commands.flatMap(({ claims, entity }) =>
        claims === undefined || entity === undefined ? [] : [{ token: claims, hookId: entity.id }],
      ),
    })),
  },
  {
    fault: 'hooks are listed after the end of their run',
    caughtBy: 'S-hooks-show-live-ones',
    breaks: {
      store: (store) => ({
        listEntities: (range) =>
          store.listEntities({
            ...range,
            hiddenStatuses: range.hiddenStatuses.filter((status) => status !== 'released'),
          }),
      }),
    },
  },
  {
    fault: 'disposed hooks are found by their id',
    caughtBy: 'S-hooks-show-live-ones',
    breaks: {
      store: (store) => ({ findEntity: (kind, id) => store.findEntity(kind, id, ['conflicted']) }),
    },
  },
  {
    fault: 'the hook of a token is read after its owner, and not looked for again',
    caughtBy: 'S-token-handed-over',
    breaks: {
      world: ({ hooks }) => ({
        hooks: {
          ...hooks,
          getByToken: async (token: string) => {
            const { data } = await hooks.list({});
            await new Promise((resolve) => setImmediate(resolve));
            return hooks.get(data.find((hook) => hook.token === token)?.hookId ?? 'none');
          },
        } as typeof hooks,
      }),
    },
  },
  {
    fault: 'a payload is kept as the metadata of its hook',
    caughtBy: 'S-hook-shape',
    breaks: alterCommands((command) => {
      if (command.eventType !== 'hook_received') return command;
      const patch = {
        set: {},
        stamp: ['createdAt'],
        stampOnce: [],
        mark: ['metadata'],
        increment: [],
        unset: [],
      };
      return { ...command, patch };
    }),
  },
  {
    fault: 'tokens are cut at 255 characters',
    caughtBy: 'S-tokens-of-any-text',
    breaks: alterCommands(({ claims, ...command }) => ({
      ...command,
      ...(claims !== undefined && { claims: claims.slice(0, 255) }),
    })),
  },
];
