import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { FOLLOW, METHODS, POLL, routeOf, WATCH } from '../src/methods.js';
import { ARGUMENT_SCHEMAS } from '../src/server/argument-schemas.js';
import { send } from './attack.js';
import { served } from './given.js';

test('the document is OpenAPI 3.1, has every route, and each argument and answer of it', async () => {
  const { url } = await served({ tokens: [{ token: 't' }] });
  const { status, text } = await send(url, { method: 'GET', path: '/openapi.json' });
  expect(status).toBe(200);
  const document = JSON.parse(text);
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect(errors ?? []).toEqual([]);
  expect([valid, validator.version]).toEqual([true, '3.1']);
  const calls = [...Object.keys(METHODS), FOLLOW, POLL, WATCH].map(routeOf);
  expect(Object.keys(document.paths).sort()).toEqual(['/health', '/openapi.json', ...calls].sort());
  for (const [name, { args }] of Object.entries(METHODS)) {
    expect(Object.keys(ARGUMENT_SCHEMAS[name as keyof typeof METHODS])).toEqual(args);
    const { post } = document.paths[routeOf(name)];
    const { schema } = post.requestBody.content['application/json'];
    expect(Object.keys(schema.properties)).toEqual(args);
    for (const type of ['application/json', 'application/cbor']) {
      const answer = post.responses[200].content[type].schema;
      expect(Object.keys(answer.properties), name).toEqual(['value']);
      expect(Object.keys(answer.properties.value), name).not.toEqual([]);
    }
  }
  expect(Object.keys(document.components.schemas).sort()).toEqual([
    'BatchResult',
    'CreateEventParams',
    'Error',
    'Event',
    'EventPage',
    'EventRequest',
    'EventResult',
    'EventWithoutData',
    'Hook',
    'HookPage',
    'ImportedEvent',
    'MissedEvents',
    'Run',
    'RunCreatedResult',
    'RunPage',
    'RunWithoutData',
    'Step',
    'StepPage',
    'StepWithoutData',
    'Wait',
    'WaitPage',
  ]);
});
