import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { routeOf } from '../src/methods.js';
import { type Answer, call, send } from './attack.js';

/** Answers of a server, held against the document that it serves. */

type Json = Readonly<Record<string, unknown>>;

/** Calls a server in JSON, and checks whatever it answers. */
export interface Described {
  /** The routes that were called. */
  readonly called: ReadonlySet<string>;
  /** Gives the value of an answer that is as the document says. */
  call(name: string, args: Json, namespace?: string): Promise<Json>;
  /** Reads what needs no token, and checks it. */
  get(path: string): Promise<void>;
  /** Gives the error in an answer that is as the document says. */
  refused(name: string, args: Json): Promise<unknown>;
  expectIs(component: string, value: unknown): void;
}

/** JSON as it was sent: `$bytes` are not decoded. */
const sent = ({ text }: Answer): Json => JSON.parse(Buffer.from(text, 'latin1').toString());

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Copies of an answer that have one field too many, somewhere outside of payloads. */
function* spoiled(answer: Json): Generator<Json> {
  yield { ...answer, undescribed: 1 };
  for (const [key, member] of Object.entries(answer)) {
    if (['eventData', 'input', 'output', 'metadata', 'executionContext'].includes(key)) continue;
    if (Array.isArray(member)) {
      for (const [index, item] of member.entries()) {
        if (!isObject(item)) continue;
        for (const bad of spoiled(item)) yield { ...answer, [key]: member.with(index, bad) };
      }
    } else if (isObject(member)) {
      for (const bad of spoiled(member)) yield { ...answer, [key]: bad };
    }
  }
}

/** Reads the document of a server. */
export async function describedBy(url: string): Promise<Described> {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const document = sent(await send(url, { method: 'GET', path: '/openapi.json' }));
  // Schemas are referred to in the whole document, which is none itself.
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema(document, 'openapi');
  const schemas = new Map<string, ValidateFunction>();
  const schemaAt = (...path: readonly string[]): ValidateFunction => {
    const pointer = path.map((part) => part.replaceAll('/', '~1')).join('/');
    const schema = schemas.get(pointer) ?? ajv.compile({ $ref: `openapi#/${pointer}` });
    schemas.set(pointer, schema);
    return schema;
  };
  const expectValid = (validate: ValidateFunction, value: unknown): void => {
    expect(validate(value) ? [] : validate.errors, JSON.stringify(value)).toEqual([]);
  };
  const answerOf = (path: string, method: string): ValidateFunction => {
    const answer = ['paths', path, method, 'responses', '200', 'content', 'application/json'];
    return schemaAt(...answer, 'schema');
  };
  const called = new Set<string>();
  return {
    called,
    async call(name, args, namespace = 'default') {
      called.add(name);
      const answer = await call(url, name, args, { 'world-namespace': namespace });
      expect([answer.status, answer.body.error], name).toEqual([200, undefined]);
      const body = sent(answer);
      const validate = answerOf(routeOf(name), 'post');
      expectValid(validate, body);
      for (const bad of spoiled(body)) expect(validate(bad), JSON.stringify(bad)).toBe(false);
      return (body.value ?? {}) as Json;
    },
    async get(path) {
      const answer = await send(url, { method: 'GET', path });
      expect(answer.status, path).toBe(200);
      expectValid(answerOf(path, 'get'), sent(answer));
    },
    async refused(name, args) {
      const answer = await call(url, name, args);
      expect(answer.status, name).toBeGreaterThanOrEqual(400);
      expectValid(schemaAt('components', 'schemas', 'Error'), sent(answer));
      return answer.body.error;
    },
    expectIs(component, value) {
      expectValid(schemaAt('components', 'schemas', component), value);
    },
  };
}
