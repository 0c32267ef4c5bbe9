import { describe, expect, test } from 'vitest';
import { decidingRule, expectedOutcome } from '../src/conformance/expected-outcome.js';
import { callerEventTypes, forEachCell } from '../src/conformance/matrix.js';
import { TRANSITIONS } from '../src/transitions.js';

describe('the state matrix', () => {
  test.each(callerEventTypes)(
    '%s: every rule decides in some cell, and some cell appends',
    async (eventType) => {
      const decided = new Set<unknown>();
      const kinds = new Set<string>();
      await forEachCell(eventType, async (prior, makeRequest) => {
        kinds.add(expectedOutcome(makeRequest('id', 'token'), prior).kind);
        if (prior.run !== undefined) decided.add(decidingRule(eventType, prior));
      });
      const idle = TRANSITIONS[eventType].rules.filter((rule) => !decided.has(rule));
      // No stored hook is live in an ended run; only a batch that ends the run meets that rule.
      const onlyInBatches = idle.filter(
        ({ when, otherwise }) =>
          'refuse' in otherwise &&
          otherwise.refuse === 'HOOK_NOT_FOUND' &&
          when.every(({ of }) => of === 'run'),
      );
      expect(idle).toEqual(onlyInBatches);
      expect(kinds).toContain('appended');
    },
  );
});
