import { ERRORS } from '@world/contract';
import { z } from 'zod';
import { FOLLOW, METHODS, routeOf } from '../methods.js';
import { CONTENT_TYPES, HEADERS, WIRE_VERSION } from '../wire.js';
import { ARGUMENT_SCHEMAS, NAMED_SCHEMAS } from './argument-schemas.js';

/** The OpenAPI document, made from the table of methods and the schemas of the contract. */

type Json = Readonly<Record<string, unknown>>;

const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

/** JSON Schemas, in which what has a name in the document is referred to. */
class Schemas {
  readonly #names = z.registry<{ id: string }>();
  readonly components: Record<string, unknown> = {};

  constructor(named: Readonly<Record<string, z.ZodType>>) {
    for (const [id, schema] of Object.entries(named)) this.#names.add(schema, { id });
  }

  of(schema: z.ZodType): Json {
    const { $schema: _, ...made } = z.toJSONSchema(schema, {
      io: 'input',
      metadata: this.#names,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        // In JSON; CBOR has dates of its own.
        if (zodSchema._zod.def.type === 'date') {
          Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
        }
      },
    });
    const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
    const { $defs = {}, ...rest } = JSON.parse(text);
    Object.assign(this.components, $defs);
    return rest;
  }
}

const ERROR_SCHEMA: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'name', 'message', 'status'],
      properties: {
        code: { type: 'string', enum: Object.keys(ERRORS) },
        name: { type: 'string' },
        message: { type: 'string' },
        status: { type: 'integer' },
        details: { type: 'object' },
      },
    },
  },
};

const contentOf = (schema: Json): Json =>
  Object.fromEntries(Object.values(CONTENT_TYPES).map((type) => [type, { schema }]));

const PARAMETERS: Json = {
  namespace: {
    name: HEADERS.namespace,
    in: 'header',
    description: 'Percent-encoded; `default` when not given.',
    schema: { type: 'string' },
  },
  requestId: { name: HEADERS.requestId, in: 'header', schema: { type: 'string' } },
  wireVersion: {
    name: HEADERS.wireVersion,
    in: 'header',
    description: 'Version that the client speaks.',
    schema: { const: `${WIRE_VERSION}` },
  },
};

function operationOf(name: keyof typeof ARGUMENT_SCHEMAS, schemas: Schemas): Json {
  const body = schemas.of(z.strictObject(ARGUMENT_SCHEMAS[name]));
  const live = {
    description:
      'Frames: a length of 4 bytes, big endian, and as many bytes of CBOR, `{ event }`, `{ end }` or `{ error }`.',
    content: { 'application/octet-stream': {} },
  };
  const value = {
    description: 'What the call gives.',
    content: contentOf({ type: 'object', properties: { value: {} } }),
  };
  return {
    operationId: name,
    parameters: Object.keys(PARAMETERS).map((one) => ref('parameters', one)),
    requestBody: { required: true, content: contentOf(body) },
    responses: { 200: name === FOLLOW ? live : value, default: ref('responses', 'error') },
  };
}

const open = (operationId: string, description: string): Json => ({
  operationId,
  security: [],
  responses: { 200: { description, content: { 'application/json': {} } } },
});

function makeDocument(): Json {
  const schemas = new Schemas(NAMED_SCHEMAS);
  const names = [...Object.keys(METHODS), FOLLOW] as (keyof typeof ARGUMENT_SCHEMAS)[];
  const calls = names.map((name) => [routeOf(name), { post: operationOf(name, schemas) }]);
  return {
    openapi: '3.1.0',
    info: {
      title: '@world/remote-http',
      version: `${WIRE_VERSION}`,
      description:
        'A workflow world. In JSON bytes are `{ "$bytes": "<base64>" }`, large integers `{ "$bigint": "<digits>" }`, dates ISO 8601.',
    },
    security: [{ token: [] }, {}],
    paths: {
      '/health': { get: open('health', 'The server is up.') },
      '/openapi.json': { get: open('openapi', 'This document.') },
      ...Object.fromEntries(calls),
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      parameters: PARAMETERS,
      responses: {
        error: { description: 'An error.', content: contentOf(ref('schemas', 'Error')) },
      },
      schemas: { Error: ERROR_SCHEMA, ...schemas.components },
    },
  };
}

let made: Json | undefined;

/** OpenAPI 3.1. */
export function openApiDocument(): Json {
  made ??= makeDocument();
  return made;
}
