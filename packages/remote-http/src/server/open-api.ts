import { ERRORS } from '@world/contract';
import { z } from 'zod';
import { FOLLOW, isMethodName, METHODS, POLL, routeOf, WATCH } from '../methods.js';
import { CONTENT_TYPES, HEADERS, WIRE_VERSION } from '../wire.js';
import { ANSWER_SCHEMAS, NAMED_ANSWERS } from './answer-schemas.js';
import { ARGUMENT_SCHEMAS, NAMED_ARGUMENTS } from './argument-schemas.js';
import { type Json, JsonSchemas, ref } from './json-schemas.js';

/** The OpenAPI document, made from the table of methods and the schemas of the contract. */

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

/** Frames, of which the document cannot say more. */
const LIVE: Json = {
  description:
    'Frames: a length of 4 bytes, big endian, and as many bytes of CBOR, `{ event }` or `{ changed }`, `{ end }` or `{ error }`; empty ones show that the line is up.',
  content: { 'application/octet-stream': {} },
};

interface Schemas {
  readonly args: JsonSchemas;
  readonly answers: JsonSchemas;
}

function answerOf(name: string, { answers }: Schemas): Json {
  // A poll gives a page of the list.
  const method = name === POLL ? 'events.list' : name;
  if (!isMethodName(method)) return LIVE;
  const answer = answers.of(z.object({ value: ANSWER_SCHEMAS[method] }));
  return { description: 'What the call gives.', content: contentOf(answer) };
}

function operationOf(name: keyof typeof ARGUMENT_SCHEMAS, schemas: Schemas): Json {
  const body = schemas.args.of(z.strictObject(ARGUMENT_SCHEMAS[name]));
  return {
    operationId: name,
    parameters: Object.keys(PARAMETERS).map((one) => ref('parameters', one)),
    requestBody: { required: true, content: contentOf(body) },
    responses: { 200: answerOf(name, schemas), default: ref('responses', 'error') },
  };
}

const open = (operationId: string, description: string, schema: Json): Json => ({
  operationId,
  security: [],
  responses: { 200: { description, content: { 'application/json': { schema } } } },
});

const HEALTH_SCHEMA: Json = {
  type: 'object',
  required: ['status', 'wireVersion'],
  properties: { status: { const: 'ok' }, wireVersion: { const: WIRE_VERSION } },
  additionalProperties: false,
};

function makeDocument(): Json {
  const schemas = {
    args: new JsonSchemas('input', NAMED_ARGUMENTS),
    answers: new JsonSchemas('output', NAMED_ANSWERS),
  };
  const names = [...Object.keys(METHODS), FOLLOW, POLL, WATCH] as (keyof typeof ARGUMENT_SCHEMAS)[];
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
      '/health': { get: open('health', 'The server is up.', HEALTH_SCHEMA) },
      '/openapi.json': { get: open('openapi', 'This document.', { type: 'object' }) },
      ...Object.fromEntries(calls),
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      parameters: PARAMETERS,
      responses: {
        error: { description: 'An error.', content: contentOf(ref('schemas', 'Error')) },
      },
      schemas: {
        Error: ERROR_SCHEMA,
        ...schemas.args.components,
        ...schemas.answers.components,
      },
    },
  };
}

let made: Json | undefined;

/** OpenAPI 3.1. */
export function openApiDocument(): Json {
  made ??= makeDocument();
  return made;
}
