import { describe, expect, it } from 'vitest';
import type { OpenedApp } from '../test-sdk.js';

const PATH = '/.well-known/workflow/v1/webhook';

/** Webhooks: requests that a workflow answers. */
export function webhookCases(app: OpenedApp): void {
  describe('webhooks', () => {
    it('answer with what a step responds', async () => {
      const runId = await app().start('answersWebhook');
      const [hook] = await app().hooks(runId);
      const response = await app().send(`${PATH}/${hook?.token}`, 'POST', { name: 'Ada' });
      expect(response.status).toBe(201);
      expect(response.headers.get('x-by')).toBe('a step');
      expect(await response.text()).toBe('hello Ada');
      expect(await app().result(runId)).toBe('Ada');
    });

    it('do not take tokens of plain hooks, nor unknown ones', async () => {
      const token = crypto.randomUUID();
      const runId = await app().start('receives', token, 1);
      await app().hooks(runId);
      for (const one of [token, 'unknown']) {
        expect((await app().send(`${PATH}/${one}`, 'POST', {})).status).toBe(404);
      }
      await app().cancel(runId);
    });
  });
}
